import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";

import { describe, expect, it } from "vitest";
import { parseAst } from "vitest/node";
import { attacksOn, textsOf } from "./support/pattern-attacks.ts";

/** Milliseconds of the processor that one text may take. */
const limit = 50;
/** Characters: what is exponential shows with the first, what is cubic with the second. */
const lengths = [22, 1000, 10_000, 30_000, 100_000];

interface Found {
  /** `src/size.ts: /^a+$/`. */
  readonly name: string;
  readonly pattern: RegExp;
}

const source = fileURLToPath(new URL("../src/", import.meta.url));
const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

/** Every regular expression that is written as one, and how often one is made of a text. */
function collect(): { readonly literals: readonly Found[]; readonly made: Readonly<Record<string, number>> } {
  const literals = new Map<string, Found>();
  const made: Record<string, number> = {};
  for (const file of files) {
    const visit = (node: unknown): void => {
      if (typeof node !== "object" || node === null) return;
      const { type, regex, callee } = node as Record<string, unknown> & { regex?: { pattern: string; flags: string } };
      if (type === "Literal" && regex) {
        const name = `src/${file}: /${regex.pattern}/${regex.flags}`;
        literals.set(name, { name, pattern: new RegExp(regex.pattern, regex.flags) });
      }
      if (type === "NewExpression" && (callee as { name?: string }).name === "RegExp")
        made[file] = (made[file] ?? 0) + 1;
      for (const child of Object.values(node)) visit(child);
    };
    visit(parseAst(readFileSync(join(source, file), "utf8"), { lang: "ts" }));
  }
  return { literals: [...literals.values()], made };
}

/** Milliseconds of the processor, the least of up to three: a collection of garbage is no slow pattern. */
function cost(pattern: RegExp, text: string, enough: number): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3 && least > enough; round++) {
    const before = cpuUsage();
    text.replace(pattern, "");
    least = Math.min(least, cpuUsage(before).user / 1000);
  }
  return least;
}

/** The first text that takes a pattern too long, as a few words; undefined where there is none. */
function slowness(pattern: RegExp): string | undefined {
  const attacks = attacksOn(pattern);
  for (const length of lengths)
    for (const attack of attacks)
      for (const text of textsOf(attack, length)) {
        // as one string: a repeated one is put together only when it is read
        text.charCodeAt(0);
        // what is linear takes no more of a short text than its share
        const share = Math.max(limit / 5, (limit * length) / 100_000);
        const took = cost(pattern, text, share);
        if (took > share)
          return `${took.toFixed(0)} ms for ${JSON.stringify(attack)}, ${text.length} characters to ${JSON.stringify(text.slice(-3))}`;
      }
  return undefined;
}

const { literals, made } = collect();

describe("every pattern in src", () => {
  it("is found", () => {
    expect(literals.length).toBeGreaterThan(200);
    // each of these is made of words of ours, and the function that it is in is fuzzed, with 100,000 characters too
    expect(made).toEqual({
      "libvirt/domains.ts": 2,
      "libvirt/table.ts": 1,
      "node/terminal-output.ts": 1,
      "operations/guest-selector.ts": 1,
    });
  });

  it("takes no text of 100,000 characters longer than 50 ms", { timeout: 300_000 }, () => {
    const slow = literals.flatMap(({ name, pattern }) => {
      const found = slowness(pattern);
      return found === undefined ? [] : [`${name}: ${found}`];
    });
    expect(slow).toEqual([]);
  });
});

describe("the attacks", () => {
  it.each([
    [/^(a+)+$/, "exponential"],
    [/(?:a|a)*b/, "exponential"],
    [/<tpm [^>]*>([\s\S]*?)<\/tpm>/, "quadratic"],
    [/\s+$/, "quadratic"],
    [/^x*x*x*y/, "cubic"],
  ])("find %s, which is %s", { timeout: 120_000 }, (pattern) => {
    expect(slowness(pattern)).toBeDefined();
  });

  it.each([/^[a-z]+=(.*)$/, /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/, /\berror: /])("find nothing in %s", (pattern) => {
    expect(slowness(pattern)).toBeUndefined();
  });
});
