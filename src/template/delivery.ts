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

/**
 * What the node needs for these steps. Without a step about root's password root gets none, since virt-builder would
 * invent one and print it into its log. Throws UserError (exit 6) where libguestfs cannot be told of `directory`.
 * @param directory where the files will lie on the node, without a colon in it
 */
export function deliver(steps: readonly TemplateStep[], directory: string): Delivery {
  const places = new Map(
    steps.flatMap((step, index) => (step.local ? [[step, `${index + 1}/${basename(step.local.path)}`]] : [])),
  );
  const isRootPassword = ({ name, value }: TemplateStep) =>
    name === "root-password" || (name === "password" && value?.startsWith("root:"));
  const login = steps.some(isRootPassword) ? "" : "root-password disabled\n";
  return {
    commands: `${login}${writeCommands(steps, (step) => `${directory}/${places.get(step)}`)}`,
    files: [...places].flatMap(([{ local }, to]) =>
      local ? [{ path: local.path, to, tree: local.tree, secret: local.secret }] : [],
    ),
  };
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
