import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ClusterConfig } from "../cluster/config.ts";
import { exitCodes, UserError } from "../errors.ts";
import { closest } from "../suggest.ts";
import type { TemplateText } from "../template/template.ts";
import { checkTemplateName, ending, isTemplateName, readTemplateText } from "./template-text.ts";

/** The directories that templates are searched in. */
export type SearchPath = Pick<ClusterConfig, "templates">;

export interface FoundTemplate {
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  readonly directory: string;
  /** Files of the same name in directories that come later: never used. */
  readonly shadowed: readonly string[];
}

/** Every template by name, in the order of the alphabet. Throws UserError (exit 2) for a directory that cannot be read. */
export async function findTemplates({ templates }: SearchPath): Promise<readonly FoundTemplate[]> {
  const found = new Map<string, FoundTemplate>();
  for (const directory of templates) {
    for (const entry of await readDirectory(directory)) {
      const name = entry.endsWith(ending) ? entry.slice(0, -ending.length) : "";
      if (!isTemplateName(name)) continue;
      const file = join(directory, entry);
      const first = found.get(name);
      if (first) found.set(name, { ...first, shadowed: [...first.shadowed, file] });
      else found.set(name, { name, file, directory, shadowed: [] });
    }
  }
  const byName = new Intl.Collator("en", { numeric: true });
  return [...found.values()].sort((a, b) => byName.compare(a.name, b.name));
}

/**
 * The first template of that name on the search path. Throws UserError: exit 4 when there is none, 2 for what can be no
 * name or cannot be read.
 * @param behind the words behind it: one of them may be the template that is meant
 */
export async function findTemplate(
  path: SearchPath,
  name: string,
  behind: readonly string[] = [],
): Promise<TemplateText> {
  checkTemplateName(name);
  for (const directory of path.templates) {
    const found = await readTemplateText(name, join(directory, `${name}${ending}`));
    if (found) return found;
  }
  const names = (await findTemplates(path)).map((template) => template.name);
  const longer = names.filter((known) => known.startsWith(name));
  const near = closest(name, names) ?? (longer.length > 0 && name !== "" ? longer.join(" or ") : undefined);
  throw new UserError(`no template named ${name}${near === undefined ? "" : `: did you mean ${near}?`}`, {
    hint:
      swapped(name, behind, names) ??
      `looked for ${name}${ending} in ${path.templates.join(", ")}\nsee: mclu template list`,
    exitCode: exitCodes.notFound,
  });
}

function swapped(name: string, behind: readonly string[], names: readonly string[]): string | undefined {
  const meant = behind.find((word) => names.includes(word));
  return meant && `the template comes first: mclu build ${meant} ${name}`;
}

async function readDirectory(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    // a directory of a search path need not exist
    if (code === "ENOENT" || code === "ENOTDIR") return [];
    throw new UserError(`${directory}: cannot look for templates there: ${code}`, {
      hint: "it is named by MCLU_PATH or by templates of mclu.conf; see: mclu config show",
      exitCode: exitCodes.usage,
      cause: error,
    });
  }
}
