import { exitCodes, UserError } from "../errors.ts";
import { changesOf, type Plan } from "./plan.ts";
import type { Prompter } from "./prompter.ts";

/** What the user has agreed to beforehand. */
export interface Consent {
  /** `-y`: to a plan that changes one guest. */
  readonly yes?: boolean | undefined;
  /** `--yes-all=N`: to a plan that changes exactly so many. */
  readonly yesAll?: number | undefined;
}

/**
 * Makes sure that the user wants this plan. Throws UserError (exit 6) where not: the answer was no, nobody is there to
 * ask, or the plan is not what was agreed to.
 * A number that is given has to be right in any case.
 * @param show puts the plan on the screen, before a question
 */
export async function obtainConsent(
  plan: Plan,
  { yes = false, yesAll }: Consent,
  { prompter, show }: { readonly prompter: Prompter | undefined; show(): void },
): Promise<void> {
  const count = changesOf(plan).length;
  const what = `${plan.verb} ${count === 1 ? "1 guest" : `${count} guests`}`;
  const refuse = (message: string, hint: string): never => {
    throw new UserError(message, { hint, exitCode: exitCodes.refused });
  };
  if (yesAll !== undefined && yesAll !== count)
    refuse(`--yes-all=${yesAll} is not this plan, which would ${what}; nothing was done`, seePlan);
  if (count === 0 || !plan.asks || yesAll !== undefined || (yes && count === 1)) return;
  if (yes) refuse(`-y is for one guest, and this would ${what}; nothing was done`, `--yes-all=${count}, or ${seePlan}`);
  show();
  if (!prompter)
    return refuse(
      `this would ${what}, and nobody is there to agree; nothing was done`,
      `${count === 1 ? "-y" : `--yes-all=${count}`}, or ${seePlan}`,
    );
  if (!(await prompter.confirm(`${what}?`))) refuse("nothing was done: the answer was not yes", seePlan);
}

const seePlan = "--dry-run shows the plan";
