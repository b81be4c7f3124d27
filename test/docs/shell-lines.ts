import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describeCommands } from "../../scripts/manual/described.ts";
import { topics } from "../../src/commands/topics/all.ts";

/** A line that a document tells its reader to type. */
export interface ShellLine {
  /** The line, without its comment. */
  readonly text: string;
  /** `README.md:12`, or what the help calls it: `mclu help list`. */
  readonly place: string;
  /** In the middle of a sentence: it may be the name of a command alone. */
  readonly inline: boolean;
}

const root = fileURLToPath(new URL("../../", import.meta.url));

/** README.md and every page of docs/, relative to the repository. */
export function documents(): readonly string[] {
  const pages = readdirSync(`${root}docs`, { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".md"),
  );
  return ["README.md", ...pages.map((page) => `docs/${page}`).sort()];
}

/** What the documents and the help have their readers type, in the order of the pages. */
export async function shellLines(): Promise<readonly ShellLine[]> {
  // commands.md is made of the help
  const pages = documents().filter((file) => file !== "docs/commands.md");
  return [...pages.flatMap(linesOfPage), ...(await linesOfHelp())];
}

function linesOfPage(file: string): readonly ShellLine[] {
  const found: ShellLine[] = [];
  let block: { readonly tag: string | undefined; readonly lines: [string, number][] } | undefined;
  const end = () => {
    if (block)
      found.push(...typedIn(block.tag, block.lines).map((line) => ({ ...line, place: `${file}:${line.place}` })));
    block = undefined;
  };
  for (const [index, line] of readFileSync(root + file, "utf8")
    .split("\n")
    .entries()) {
    const fence = /^```(\w*)/.exec(line);
    if (fence && block?.tag !== undefined) end();
    else if (fence) {
      end();
      block = { tag: fence[1] ?? "", lines: [] };
    } else if (block?.tag !== undefined) block.lines.push([line, index + 1]);
    else if (/^ {4}\S/.test(line)) {
      block ??= { tag: undefined, lines: [] };
      block.lines.push([line.slice(4), index + 1]);
    } else {
      end();
      for (const [, text = ""] of line.matchAll(/`(mclu [^`]*)`/g))
        found.push({ text: text.replaceAll("\\|", "|"), place: `${file}:${index + 1}`, inline: true });
    }
  }
  return found;
}

/** The lines to type of a block: those behind `$ `, or all of them where nothing else can be meant. */
function typedIn(
  tag: string | undefined,
  lines: readonly [string, number][],
): (Omit<ShellLine, "place"> & { place: number })[] {
  const prompted = lines
    .filter(([line]) => line.startsWith("$ "))
    .map(([line, number]) => [line.slice(2), number] as const);
  const shell = tag === "sh" || lines.some(([line]) => /^([A-Z_]+=\S+ )?(mclu|npm) /.test(line));
  if (tag !== undefined && !["", "sh", "console"].includes(tag)) return [];
  const typed = prompted.length > 0 ? prompted : shell ? lines : [];
  return joinContinued(typed)
    .map(([line, place]) => ({ text: withoutComment(line), place, inline: false }))
    .filter(({ text }) => text !== "");
}

/** A line that ends with a backslash and the one behind it are one. */
function joinContinued(lines: readonly (readonly [string, number])[]): readonly (readonly [string, number])[] {
  const joined: [string, number][] = [];
  for (const [line, number] of lines) {
    const last = joined.at(-1);
    if (last?.[0].endsWith("\\")) last[0] = `${last[0].slice(0, -1).trimEnd()} ${line.trimStart()}`;
    else joined.push([line, number]);
  }
  return joined;
}

const withoutComment = (line: string) => line.replace(/(^|\s+)#(\s.*)?$/, "").trim();

/** Examples of the commands and of the topics: behind two blanks they are explained. */
async function linesOfHelp(): Promise<readonly ShellLine[]> {
  const { commands } = await describeCommands();
  const examples = commands.flatMap(({ name, more }) => more.split("\n").map((line) => [name, line] as const));
  const typed = topics.flatMap(({ name, blocks }) =>
    blocks.flatMap((block) =>
      typeof block === "object" && "lines" in block
        ? block.lines.map((line) => [`mclu ${name}`, `  ${line}`] as const)
        : [],
    ),
  );
  return [...examples, ...typed]
    .filter(([, line]) => /^ {2}(mclu|ssh|ansible) /.test(line) || /^ {2}.*\| mclu /.test(line))
    .map(([name, line]) => ({
      text: line.trim().replace(/ {2,}.*/, ""),
      place: name.replace("mclu", "mclu help"),
      inline: false,
    }));
}
