import { basename } from "node:path";
import { formatOrigin } from "../origin.ts";
import { writeCommands } from "./commands-text.ts";
import type { TemplateStep } from "./step.ts";
import { stepSyntax } from "./step-syntax.ts";

/** A file or directory of this machine that a node needs before it can build. */
export interface TravellingFile {
  /** Absolute, here. */
  readonly path: string;
  /** Where it belongs on the node, below the directory for files: `3/motd`. Its own name stays: libguestfs uses it. */
  readonly to: string;
  /** A directory will do, with all that is in it; symbolic links in it stay links. */
  readonly tree: boolean;
  /** A password is in it: nobody else may read it there. */
  readonly secret: boolean;
}

/** What has to be on the node before virt-builder or virt-customize begins. */
export interface Delivery {
  /** For `--commands-from-file`, with every password: mode 0600. */
  readonly commands: string;
  readonly files: readonly TravellingFile[];
}

export interface DeliveryOptions {
  /** Where the files will lie on the node, without a colon in it. */
  readonly directory: string;
  /** The guest's name for itself; whoever took it from the user has checked it. */
  readonly hostname: string;
}

/**
 * What the node needs for these steps, which begin with the guest's hostname. Without a step about root's password root
 * gets none, since virt-builder would invent one and print it into its log. Throws UserError (exit 6) where libguestfs
 * cannot be told of `directory`.
 */
export function deliver(steps: readonly TemplateStep[], { directory, hostname }: DeliveryOptions): Delivery {
  if (/[\s\\]/.test(hostname)) throw new Error(`${hostname} was not checked: it would be more than one line`);
  const travelling = steps.flatMap((step, index) => {
    const { local } = step;
    return local ? [{ step, local, to: `${index + 1}/${basename(local.path)}` }] : [];
  });
  const places = new Map(travelling.map(({ step, to }) => [step, to]));
  const commands = writeCommands(steps, (step) => `${directory}/${places.get(step)}`);
  const files = travelling.map(({ local: { path, tree, secret }, to }) => ({ path, to, tree, secret }));
  const own = ownCommands(steps, hostname).map((command) => `${command}\n`);
  return { commands: `${own.join("")}${commands}`, files };
}

/** What every guest is given before its steps, in the order they run. */
export function ownCommands(steps: readonly TemplateStep[], hostname: string): readonly string[] {
  const isRootPassword = ({ name, value }: TemplateStep) =>
    name === "root-password" || (name === "password" && value?.startsWith("root:"));
  return [`hostname ${hostname}`, ...(steps.some(isRootPassword) ? [] : ["root-password disabled"])];
}

/**
 * What a node's libguestfs cannot do of these steps, a line each.
 * @param known the long options of the node's virt-customize
 */
export function unknownSteps(steps: readonly TemplateStep[], known: ReadonlySet<string>): readonly string[] {
  const missing = steps.filter(({ name }) => !known.has(name));
  return missing.map(({ name, origin }) => {
    const { since } = stepSyntax(name);
    const why = name.startsWith("sm-")
      ? ": later than 1.56 it is gone"
      : since === undefined
        ? ""
        : `: it came with ${since}`;
    return `${formatOrigin(origin)}: the node's virt-customize has no step ${name}${why}`;
  });
}
