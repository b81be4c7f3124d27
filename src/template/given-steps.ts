import type { Problems } from "../origin.ts";
import { attemptStep, type TemplateStep } from "./step.ts";
import { type StepName, type StepSyntax, stepNames, stepSyntax } from "./step-syntax.ts";

/** A step of the command line: `--install nginx` is `{ name: "install", value: "nginx" }`. */
export interface GivenStep {
  readonly name: string;
  /** null: the option takes none. */
  readonly value: string | null;
}

/** Every step that may be given as an option, in the order of the alphabet. */
export const stepOptions: readonly { readonly name: StepName; readonly value: StepSyntax["value"] }[] = stepNames.map(
  (name) => ({ name, value: stepSyntax(name).value }),
);

/**
 * Steps from options, in their order; what is wrong with them goes to `problems`.
 * @param directory what local files are relative to: where the user is
 */
export function givenSteps(
  given: readonly GivenStep[],
  directory: string,
  problems: Problems,
): readonly TemplateStep[] {
  return given.flatMap(({ name, value }) => {
    const origin = { from: "command line", option: `--${name}` } as const;
    return attemptStep(name, value, { origin, directory }, problems);
  });
}
