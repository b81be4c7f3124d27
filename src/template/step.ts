import { basename, resolve } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import type { Origin, Problems } from "../origin.ts";
import { readSelector, type SelectorParts } from "./selector.ts";
import { unknownStep, valueProblem } from "./step-meaning.ts";
import { isStepName, type StepName, stepSyntax } from "./step-syntax.ts";

/** A file of this machine that a step names. */
export interface LocalFile {
  /** Absolute. */
  readonly path: string;
  /** The step's value around the name. */
  readonly before: string;
  readonly after: string;
  /** A directory will do. */
  readonly tree: boolean;
  /** What is in it is a password. */
  readonly secret: boolean;
}

/** One thing that virt-builder or virt-customize does to the image. */
export interface TemplateStep {
  readonly name: StepName;
  /** As it was written, a password included: for the commands file alone. null: the step stands alone. */
  readonly value: string | null;
  /** The value for plans, logs and people, with `***` for a password. */
  readonly shown: string | null;
  readonly origin: Origin;
  readonly local: LocalFile | null;
}

/**
 * A step from its name and its value, both as virt-builder would be given them.
 * @param directory what a local file's name is relative to, absolute
 * Throws UserError (exit 2) that says what is wrong with it and what was likely meant; no password is in it.
 */
export function readStep(name: string, value: string | null, origin: Origin, directory: string): TemplateStep {
  if (!isStepName(name)) throw refused(unknownStep(name));
  const syntax = stepSyntax(name);
  const problem = valueProblem(name, syntax, value);
  if (problem !== undefined) throw refused(`${name}: ${problem}`);
  if (value === null || syntax.value === null) return { name, value: null, shown: null, origin, local: null };
  const { local, secret } = syntax.selector
    ? readSelector(name, syntax.selector, value)
    : readLocal(value, syntax.local);
  const shown = secret === undefined ? value : `${value.slice(0, value.length - secret.length)}***`;
  if (local === undefined) return { name, value, shown, origin, local: null };
  if (basename(local.name) === "" || /\p{Cc}/u.test(local.name)) throw refused(`${name}: the file has no name`);
  const { before, after } = local;
  const path = resolve(directory, local.name);
  const file = {
    path,
    before,
    after,
    tree: syntax.tree === true,
    secret: /password|credentials/.test(syntax.selector ?? ""),
  };
  return { name, value, shown: `${before}${path}${after}`, origin, local: file };
}

/** The step as a list of one; none where it is wrong, which goes to `problems`. */
export function attemptStep(
  name: string,
  value: string | null,
  { origin, directory }: { readonly origin: Origin; readonly directory: string },
  problems: Problems,
): readonly TemplateStep[] {
  try {
    return [readStep(name, value, origin, directory)];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    problems.add(origin, error.message);
    return [];
  }
}

function readLocal(value: string, local: "whole" | "head" | undefined): SelectorParts {
  if (local === undefined) return {};
  const colon = local === "whole" ? value.length : value.indexOf(":");
  return { local: { before: "", name: value.slice(0, colon), after: value.slice(colon) } };
}

function refused(message: string): UserError {
  return new UserError(message, { exitCode: exitCodes.usage });
}
