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

/** What there is to agree to. */
export interface Agreement {
  readonly verb: string;
  /** What it is done to, in the singular. */
  readonly noun: string;
  readonly count: number;
  /** Whether the user has to agree at all. */
  readonly asks: boolean;
}

/** Puts the plan on the screen, before a question, and asks it. */
interface Asking {
  readonly prompter: Prompter | undefined;
  show(): void;
}

/**
 * Makes sure that the user wants this plan. Throws UserError (exit 6) where not: the answer was no, nobody is there to
 * ask, or the plan is not what was agreed to.
 * A number that is given has to be right, save where nothing would be done: why that is so is for the plan to say.
 */
export function obtainConsent(plan: Plan, consent: Consent, asking: Asking): Promise<void> {
  const { verb, deed = verb, asks } = plan;
  return agree({ verb: deed, noun: "guest", count: changesOf(plan).length, asks }, consent, asking);
}

/** The same for what is no plan about guests. */
export async function agree(
  { verb, noun, count, asks }: Agreement,
  { yes = false, yesAll }: Consent,
  { prompter, show }: Asking,
): Promise<void> {
  const what = `${verb} ${count} ${noun}${count === 1 ? "" : "s"}`;
  const refuse = (message: string, hint: string): never => {
    throw new UserError(message, { hint, exitCode: exitCodes.refused });
  };
  if (count === 0) return;
  if (yesAll !== undefined && yesAll !== count)
    refuse(`--yes-all=${yesAll} is not this plan, which would ${what}; nothing was done`, seePlan);
  if (!asks || yesAll !== undefined || (yes && count === 1)) return;
  if (yes)
    refuse(`-y is for one ${noun}, and this would ${what}; nothing was done`, `--yes-all=${count}, or ${seePlan}`);
  show();
  if (!prompter)
    return refuse(
      `this would ${what}, and nobody is there to agree; nothing was done`,
      `${count === 1 ? "-y" : `--yes-all=${count}`}, or ${seePlan}`,
    );
  if (!(await prompter.confirm(`${what}?`))) refuse("nothing was done: the answer was not yes", seePlan);
}

const seePlan = "--dry-run shows the plan";
