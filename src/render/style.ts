import { Chalk } from "chalk";

/** Colours by meaning. */
export interface Style {
  readonly name: (text: string) => string;
  readonly on: (text: string) => string;
  readonly off: (text: string) => string;
  readonly failed: (text: string) => string;
  readonly warn: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly heading: (text: string) => string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Whether a stream gets colour: NO_COLOR beats CLICOLOR_FORCE beats CLICOLOR=0 beats being a terminal. */
export function wantsColor(env: Environment, isTty: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== "0") return true;
  return isTty && env.CLICOLOR !== "0" && env.TERM !== "dumb";
}

export function createStyle(color: boolean): Style {
  const chalk = new Chalk({ level: color ? 1 : 0 });
  return {
    name: chalk.bold,
    on: chalk.green,
    off: chalk.dim,
    failed: chalk.red,
    warn: chalk.yellow,
    dim: chalk.dim,
    heading: chalk.bold,
  };
}
