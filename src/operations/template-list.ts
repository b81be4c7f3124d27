import { Problems } from "../origin.ts";
import { readTemplate } from "../template/template.ts";
import { type FoundTemplate, findTemplates, type SearchPath } from "./find-template.ts";
import { readTemplateText } from "./template-text.ts";

/** A template as lists show it; null: nobody said, or the template is broken. */
export interface TemplateRow {
  readonly name: string;
  readonly description: string | null;
  readonly kind: "virt-builder" | "cloud-image" | null;
  /** libosinfo's short id. */
  readonly os: string | null;
  /** Bytes. */
  readonly memory: number | null;
  readonly vcpus: number | null;
  /** Bytes; null too where the disk is as large as the image. */
  readonly size: number | null;
  /** Whether those who ship it build it in their tests. */
  readonly tested: boolean | null;
  /** Absolute. */
  readonly file: string;
  /** The directory of the search path. */
  readonly directory: string;
  /** Files of the same name in later directories. */
  readonly shadowed: readonly string[];
  /** What is wrong with it, `FILE:LINE: text`; the files that it names were not looked at. */
  readonly problems: readonly string[];
}

export interface TemplateListReport {
  readonly templates: readonly TemplateRow[];
}

/** Every template that can be built, by name. Throws UserError (exit 2) for a directory that cannot be read. */
export async function templateList(path: SearchPath): Promise<TemplateListReport> {
  return { templates: await Promise.all((await findTemplates(path)).map(readRow)) };
}

async function readRow({ name, file, directory, shadowed }: FoundTemplate): Promise<TemplateRow> {
  const problems = new Problems();
  const whole = { from: "file", file, line: 1 } as const;
  const text = await readTemplateText(name, file).catch((error: Error) => {
    problems.add(whole, error.message);
    return null;
  });
  const recipe = text ? readTemplate(text, problems).recipe : undefined;
  return {
    name,
    description: recipe?.description ?? null,
    kind: recipe?.base.kind ?? null,
    os: recipe?.os ?? null,
    memory: recipe?.memory ?? null,
    vcpus: recipe?.vcpus ?? null,
    size: recipe?.size ?? null,
    tested: recipe?.tested ?? null,
    file,
    directory,
    shadowed,
    problems: problems.lines,
  };
}
