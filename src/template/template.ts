import { type IniFile, readIni } from "../ini.ts";
import type { Origin, Problems } from "../origin.ts";
import { closest } from "../suggest.ts";
import { readCommands } from "./commands-text.ts";
import { type HeadKey, headKeys, isHeadKey, unknownHeadKey } from "./head-keys.ts";
import type { Base, Recipe } from "./recipe.ts";

export interface TemplateText {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** What the files in its steps are relative to, absolute. */
  readonly directory: string;
  readonly text: string;
}

type At = (line: number) => Origin;
type Values = { [Key in HeadKey]?: ReturnType<(typeof headKeys)[Key]> };

/**
 * The recipe that a template's text is: an INI head, and from [customize] to the end the lines of a commands file of
 * virt-builder's, verbatim. What is wrong goes to `problems`.
 * @returns the recipe, undefined where the text cannot be one, and the steps that could be read in any case
 */
export function readTemplate(
  { name, file, directory, text }: TemplateText,
  problems: Problems,
): { readonly recipe: Recipe | undefined; readonly steps: Recipe["steps"] } {
  const at: At = (line) => ({ from: "file", file, line });
  const { head, commands, headLines } = divide(text.replace(/^\ufeff/, "").replaceAll("\r\n", "\n"), at, problems);
  const ini = readIni(head);
  for (const problem of ini.problems) problems.add(at(problem.line), problem.text);
  checkSections(ini, at, problems);
  const values = readHead(ini, at, problems);
  const base = readBase(values, ini, at, problems);
  const steps = readCommands(commands, (line) => at(headLines + line), directory, problems);
  if (!base) return { recipe: undefined, steps };
  const recipe: Recipe = {
    name,
    file,
    description: values.description ?? null,
    base,
    memory: values.memory ?? 1024 ** 3,
    vcpus: values.vcpus ?? 1,
    size: values.size ?? null,
    firmware: values.firmware ?? "bios",
    network: values.network ?? null,
    pool: values.pool ?? null,
    graphics: values.graphics ?? "vnc",
    os: values.os ?? null,
    tested: values.tested ?? null,
    steps,
  };
  return { recipe, steps };
}

/** The text before [customize], the text behind it, and how many lines lie before that. */
function divide(text: string, at: At, problems: Problems) {
  const lines = text.split("\n");
  const index = lines.findIndex((line) => closest(headerOf(line), ["customize"]) !== undefined);
  if (index < 0) return { head: text, commands: "", headLines: lines.length };
  const [header = "", ...commands] = lines.slice(index);
  if (!/^\s*\[customize\]\s*(?:[;#].*)?$/.test(header))
    problems.add(at(index + 1), `"${header.trim()}" is not a header: did you mean [customize]?`);
  return {
    head: lines.slice(0, index).join("\n"),
    commands: commands.join("\n"),
    headLines: index + 1,
  };
}

function headerOf(line: string): string {
  return /^\s*\[\s*([^\]\s]*)/.exec(line)?.[1] ?? "";
}

function checkSections({ sections, problems: broken }: IniFile, at: At, problems: Problems): void {
  for (const { name, line } of sections) {
    if (name === "template") continue;
    const near = closest(name, ["template"]);
    const meaning =
      near === undefined ? "there are [template] and, at the end, [customize]" : `did you mean [${near}]?`;
    problems.add(at(line), `unknown section [${name}]: ${meaning}`);
  }
  if (sections.length === 0 && broken.length === 0)
    problems.add(
      at(1),
      "no section [template]: a template begins with it, and with image = NAME or source = URL under it",
    );
}

function readHead({ sections }: IniFile, at: At, problems: Problems): Values {
  const values: Values = {};
  for (const { key, value, line } of sections.find(({ name }) => name === "template")?.entries ?? []) {
    if (!isHeadKey(key)) problems.add(at(line), unknownHeadKey(key));
    else if (!value) problems.add(at(line), `${key} has no value: write ${key} = VALUE, or leave the line out`);
    else Object.assign(values, { [key]: problems.attempt(at(line), key, () => headKeys[key](value)) });
  }
  return values;
}

function readBase(values: Values, ini: IniFile, at: At, problems: Problems): Base | undefined {
  const section = ini.sections.find(({ name }) => name === "template");
  if (!section) return undefined;
  const given = (key: HeadKey) => section.entries.find((entry) => entry.key === key);
  const [image, source, checksum, signature] = (["image", "source", "checksum", "check-signature"] as const).map(given);
  if (image && source)
    problems.add(at(source.line), "image and source are both given: image is virt-builder's, source a cloud image");
  else if (!image && !source)
    problems.add(at(section.line), "neither image nor source: write image = NAME (virt-builder's) or source = URL");
  else if (image && checksum)
    problems.add(at(checksum.line), "checksum belongs to source: virt-builder checks its images by their signature");
  else if (source && signature)
    problems.add(at(signature.line), "check-signature belongs to image: for a source there is checksum");
  else if (values.source?.kind === "url" && !values.source.safe && source && !checksum)
    problems.add(
      at(source.line),
      "http without a checksum: anybody on the way could change the image; add checksum = sha256:...",
    );
  if (values.image !== undefined)
    return { kind: "virt-builder", image: values.image, checkSignature: values["check-signature"] ?? true };
  if (values.source === undefined) return undefined;
  return { kind: "cloud-image", source: values.source, checksum: values.checksum ?? null };
}
