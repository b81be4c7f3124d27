import { exitCodes, UserError } from "../errors.ts";

/** A file of this machine, or of a guest. */
export type CopyOperand = { readonly path: string } | { readonly target: string; readonly path: string };

/**
 * Reads `GUEST:PATH` as scp reads `HOST:PATH`: what stands before the first colon is a guest, unless a slash says that it
 * is a path here, or the slash stands behind a node's name.
 */
export function readOperand(text: string, nodes: readonly string[]): CopyOperand {
  const colon = text.indexOf(":");
  if (colon <= 0) return { path: text };
  const target = text.slice(0, colon);
  const slash = target.indexOf("/");
  const first = target.slice(0, slash).replace(/^[A-Za-z_][\w.-]*@/, "");
  if (slash >= 0 && !nodes.includes(first) && !first.startsWith("@")) return { path: text };
  return { target, path: text.slice(colon + 1) };
}

/** What is copied, and which way. */
export interface Copy {
  /** The guest, as it was typed. */
  readonly target: string;
  readonly to: "guest" | "here";
  readonly sources: readonly string[];
  readonly destination: string;
}

/** Throws UserError (exit 2) where not exactly one side is a guest. */
export function readCopy(operands: readonly string[], nodes: readonly string[]): Copy {
  const read = operands.map((text) => readOperand(text, nodes));
  const destination = read.at(-1);
  const sources = read.slice(0, -1);
  const usage = (message: string) =>
    new UserError(message, {
      hint: "mclu cp FILE... GUEST:PATH, or mclu cp GUEST:PATH... FILE; a file here whose name has a colon is ./NAME",
      exitCode: exitCodes.usage,
    });
  if (!destination || sources.length === 0) throw usage("a source and a destination are wanted");
  const targets = [...new Set(read.flatMap((one) => ("target" in one ? [one.target] : [])))];
  const [target] = targets;
  if (target === undefined) throw usage("neither side is a guest");
  if (targets.length > 1) throw usage(`one guest is wanted, these are ${targets.length}`);
  const to = "target" in destination ? "guest" : "here";
  if (sources.some((one) => "target" in one === (to === "guest")))
    throw usage("one side has to be here, the other a guest");
  return { target, to, sources: sources.map(({ path }) => path), destination: destination.path };
}
