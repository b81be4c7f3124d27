import { basename, resolve } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { customizeOptionsQuery } from "../libvirt/customize-options.ts";
import { Problems } from "../origin.ts";
import { unknownSteps } from "../template/delivery.ts";
import type { TemplateText } from "../template/template.ts";
import { askOne } from "./ask-one.ts";
import { findTemplate, findTemplates, type SearchPath } from "./find-template.ts";
import { checkTemplate } from "./load-template.ts";
import { ending, readTemplateText } from "./template-text.ts";

export interface TemplateValidation {
  readonly templates: readonly {
    readonly name: string;
    /** Absolute. */
    readonly file: string;
    /** What is wrong, `FILE:LINE: text`; empty: nothing. */
    readonly problems: readonly string[];
  }[];
}

export interface ValidateOptions {
  /** Names, or paths of files, which have a `/` or end in `.conf`; none: every template of the search path. */
  readonly targets: readonly string[];
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** What a node's virt-customize knows, from `nodeSteps`. */
  readonly known?: ReadonlySet<string> | undefined;
}

/**
 * Reads templates, and looks at the files that they name. What is wrong with them is in the report. Throws UserError:
 * exit 4 for a template that there is not, 2 for one that cannot be read.
 */
export async function templateValidate(path: SearchPath, options: ValidateOptions): Promise<TemplateValidation> {
  const { targets, cwd, known } = options;
  const texts = await (targets.length === 0
    ? allTexts(path)
    : Promise.all(targets.map((one) => textOf(path, one, cwd))));
  const templates = texts.map(async (text) => {
    const problems = new Problems();
    const { recipe } = await checkTemplate(text, [], problems);
    const unknown = recipe && known ? unknownSteps(recipe.steps, known) : [];
    return { name: text.name, file: text.file, problems: [...problems.lines, ...unknown] };
  });
  return { templates: await Promise.all(templates) };
}

/** The steps that a node's virt-customize knows. Throws UserError (exit 5) where it does not answer or has none. */
export async function nodeSteps(cluster: Cluster, name: string, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const node = cluster.node(name);
  const known = await askOne(cluster, node, () => node.ask(customizeOptionsQuery, { signal, patient: true }), signal);
  if (known) return known;
  throw new UserError(`there is no virt-customize on ${name}`, {
    hint: "install libguestfs's tools there: guestfs-tools, or libguestfs-tools on older systems",
    exitCode: exitCodes.refused,
  });
}

async function allTexts(path: SearchPath): Promise<readonly TemplateText[]> {
  const found = await findTemplates(path);
  const texts = await Promise.all(found.map(({ name, file }) => readTemplateText(name, file)));
  return texts.flatMap((text) => text ?? []);
}

async function textOf(path: SearchPath, target: string, cwd: string): Promise<TemplateText> {
  if (!target.includes("/") && !target.endsWith(ending)) return findTemplate(path, target);
  const file = resolve(cwd, target);
  const text = await readTemplateText(basename(file, ending), file);
  if (text) return text;
  throw new UserError(`${target}: no such file`, {
    hint: "a template of the search path is named without directory and ending; see: mclu template list",
    exitCode: exitCodes.notFound,
  });
}
