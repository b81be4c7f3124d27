import type { Recipe } from "../template/recipe.ts";
import type { StepName } from "../template/step-syntax.ts";
import type { SearchPath } from "./find-template.ts";
import { type LoadedTemplate, loadTemplate, type TemplateOptions } from "./load-template.ts";
import type { LocalFileInfo } from "./template-files.ts";

/** A recipe as it will be run, with defaults filled in and no password in it. */
export interface TemplateReport extends Omit<Recipe, "steps" | "base"> {
  readonly base:
    | Extract<Recipe["base"], { readonly kind: "virt-builder" }>
    | {
        readonly kind: "cloud-image";
        /** URL, or path on the node. */
        readonly source: string;
        /** `sha256:HEX`; null where there is none. */
        readonly checksum: string | null;
      };
  readonly steps: readonly {
    readonly name: StepName;
    /** With `***` for a password, and local files in full; null where the step takes no value. */
    readonly value: string | null;
  }[];
  readonly files: readonly LocalFileInfo[];
}

/** What a template is, steps of the command line included. Throws UserError as `loadTemplate` does. */
export async function templateShow(path: SearchPath, name: string, options: TemplateOptions): Promise<TemplateReport> {
  return reportRecipe(await loadTemplate(path, name, options));
}

/** A recipe without its passwords. */
export function reportRecipe({ recipe, files }: LoadedTemplate): TemplateReport {
  const steps = recipe.steps.map(({ name, shown }) => ({ name, value: shown }));
  return { ...recipe, base: reportBase(recipe.base), steps, files };
}

function reportBase(base: Recipe["base"]): TemplateReport["base"] {
  if (base.kind === "virt-builder") return base;
  const { source, checksum } = base;
  return {
    kind: base.kind,
    source: source.kind === "url" ? source.url : source.path,
    checksum: checksum && `${checksum.algorithm}:${checksum.digest}`,
  };
}
