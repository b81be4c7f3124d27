import { randomInt } from "node:crypto";
import * as fc from "fast-check";
import { runs } from "./fuzz.ts";
import { keep, keptInputs } from "./kept.ts";
import { hostileCharacters, textOf } from "./text.ts";

/** What no argument can hold, and lone surrogates, which have no bytes. */
const impossible = /\0|\p{Cs}/u;

const word = textOf([], 8).map((text) => (impossible.test(text) ? text.replace(/\0|\p{Cs}/gu, "'") : text));

/**
 * Brings words through something that takes many at once, and compares. At the first that comes back changed the batch is
 * halved until one word is left, which is kept.
 * @returns whether as many words as `runs` says came back
 */
export async function fuzzWords(
  name: string,
  through: (words: readonly string[]) => Promise<readonly string[]>,
  batch = 4000,
): Promise<boolean> {
  const folder = name.replaceAll(" ", "-");
  const seed = Number(process.env["MCLU_FUZZ_SEED"] ?? randomInt(2 ** 31));
  const kept = keptInputs(folder).map(({ input }) => String(input));
  const fixed = [...kept, ...hostileCharacters.filter((text) => !impossible.test(text))];
  const words = [...fixed, ...fc.sample(word, { seed, numRuns: runs })];
  let ran = 0;
  for (let at = 0; at < words.length; at += batch) {
    const some = words.slice(at, at + batch);
    const culprit = await firstChanged(some, through);
    if (culprit !== undefined)
      throw new Error(`${JSON.stringify(culprit)} came back changed; kept as ${keep(folder, culprit)}, seed ${seed}`);
    ran += some.length;
  }
  return ran - fixed.length === runs;
}

async function firstChanged(
  words: readonly string[],
  through: (words: readonly string[]) => Promise<readonly string[]>,
): Promise<string | undefined> {
  const back = await through(words);
  if (back.length === words.length && words.every((word, index) => word === back[index])) return undefined;
  if (words.length === 1) return words[0];
  const half = words.length >> 1;
  return (
    (await firstChanged(words.slice(0, half), through)) ??
    (await firstChanged(words.slice(half), through)) ??
    // each half alone is well: then it is all of them
    words.join("\n")
  );
}
