import { Problems } from "../origin.ts";
import { type GivenStep, givenSteps } from "../template/given-steps.ts";
import type { Recipe } from "../template/recipe.ts";
import { readTemplate, type TemplateText } from "../template/template.ts";
import { findTemplate, type SearchPath } from "./find-template.ts";
import { checkLocalFiles, type LocalFileInfo } from "./template-files.ts";

export { type GivenStep, stepOptions } from "../template/given-steps.ts";

export interface LoadedTemplate {
  /** The steps of the command line behind those of the template. */
  readonly recipe: Recipe;
  /** What the steps name of this machine; all of it is there and can be read. */
  readonly files: readonly LocalFileInfo[];
}

export interface TemplateOptions {
  /** Steps of the command line. */
  readonly steps?: readonly GivenStep[];
  /** What the local files of those are relative to, absolute. */
  readonly cwd: string;
  /** Words of the command line behind the name: one of them may be the template that is meant. */
  readonly behind?: readonly string[];
}

/**
 * The template of that name, read and found right, with the steps of the command line behind its own. Throws UserError:
 * exit 4 when there is no such template; exit 2 with all that is wrong with it, with those steps and with the files that
 * both name. Contacts nothing.
 */
export async function loadTemplate(path: SearchPath, name: string, options: TemplateOptions): Promise<LoadedTemplate> {
  const found = await findTemplate(path, name, options.behind);
  const problems = new Problems();
  const extra = givenSteps(options.steps ?? [], options.cwd, problems);
  const { recipe, files } = await checkTemplate(found, extra, problems);
  problems.throwIfAny(`mclu template validate ${name}`);
  if (!recipe) throw new Error("a template without problems is a recipe");
  return { recipe, files };
}

/** Reads a template and looks at the files that it names; what is wrong goes to `problems`. */
export async function checkTemplate(
  text: TemplateText,
  extra: Recipe["steps"],
  problems: Problems,
): Promise<{ readonly recipe: Recipe | undefined; readonly files: readonly LocalFileInfo[] }> {
  const read = readTemplate(text, problems);
  const steps = [...read.steps, ...extra];
  return { recipe: read.recipe && { ...read.recipe, steps }, files: await checkLocalFiles(steps, problems) };
}
