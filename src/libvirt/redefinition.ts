import { unifiedDiff } from "../unified-diff.ts";
import { UnexpectedOutput } from "./query.ts";
import { parseXml } from "./xml.ts";
import { xmlLines } from "./xml-lines.ts";

/**
 * A domain that is to be defined anew. It has secrets in it (`dumpxml --security-info`), so that nothing of it gets into a
 * plan that is printed, into JSON or into a log: only the node gets to see it.
 */
export class Redefinition {
  readonly #before: string;
  readonly #after: string;
  /** Whether libvirt is to check it against its schema first. */
  readonly validate: boolean;

  /** @param before as libvirt wrote it: nothing is done where it writes anything else by then */
  constructor(before: string, after: string, { validate }: { readonly validate: boolean }) {
    this.#before = before.trim();
    this.#after = after;
    this.validate = validate;
  }

  /** What it changes, without secrets. */
  get difference(): string {
    return domainDifference(this.#before, this.#after);
  }

  /** For the node alone. */
  get texts(): { readonly before: string; readonly after: string } {
    return { before: this.#before, after: this.#after };
  }

  /** What is different from what was wanted, in what libvirt made of it; "": nothing. Compared under Canonical XML. */
  surprise(defined: string): string {
    return domainDifference(this.#after, defined);
  }

  /** What somebody else has changed since it was read. */
  conflict(now: string): string {
    return domainDifference(this.#before, now);
  }

  toJSON(): { readonly difference: string; readonly validate: boolean } {
    return { difference: this.difference, validate: this.validate };
  }
}

/** The difference of two definitions as `diff -u` shows it, without secrets; "" where they say the same. */
export function domainDifference(before: string, after: string): string {
  const [old, now] = [before, after].map(readDomain);
  if (!old || !now) return "one of them is no domain\n";
  const secret = (root: typeof old) => xmlLines(root, { canonical: true, secrets: "shown" }).join("\n");
  if (secret(old) === secret(now)) return "";
  const shown = unifiedDiff(xmlLines(old, { secrets: "hidden" }), xmlLines(now, { secrets: "hidden" }));
  const canonical = { canonical: true, secrets: "hidden" } as const;
  return shown === "" || unifiedDiff(xmlLines(old, canonical), xmlLines(now, canonical)) === ""
    ? "(a password or a cookie)\n"
    : shown;
}

function readDomain(xml: string) {
  try {
    return parseXml(xml, "domain");
  } catch (error) {
    if (error instanceof UnexpectedOutput) return undefined;
    throw error;
  }
}
