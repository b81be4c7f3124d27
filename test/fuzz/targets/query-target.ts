import * as fc from "fast-check";
import { type Query, type StepAnswer, UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { type AnyTarget, type ErrorClass, must, target } from "../target.ts";
import { mutationsOf } from "../text.ts";

/** The texts of each step, some of them hostile, and the codes that the steps ended with. */
interface Answer {
  readonly texts: readonly (readonly string[])[];
  readonly code: number;
}

const toAnswers = ({ texts, code }: Answer): StepAnswer[] => texts.map((step) => ({ code, texts: step }));

/** Answers to a query of which one text was changed, or which were cut short. */
function answersLike(texts: Answer["texts"]): fc.Arbitrary<Answer> {
  const all = texts.flat();
  const places = texts.flatMap((step, index) => step.map((_, place) => [index, place] as const));
  return fc
    .tuple(fc.nat(all.length - 1), mutationsOf(all), fc.constantFrom(0, 0, 0, 1, 124), fc.nat(40))
    .map(([at, text, code, cut]) => {
      const [step, place] = places[at] ?? [0, 0];
      const changed = texts.map((own, index) =>
        own.map((known, index2) => (index === step && index2 === place ? text : known)),
      );
      return {
        texts: cut === 0 ? changed.slice(0, -1) : cut === 1 ? changed.map((own) => own.slice(1)) : changed,
        code,
      };
    });
}

/**
 * A target that reads the answers to a query.
 * @param texts a real answer, of which inputs are made
 * @param errors that it documents beside UnexpectedOutput
 */
export function query<T>(
  name: string,
  about: string,
  texts: Answer["texts"],
  { parse }: Query<T>,
  holds: (result: T) => void,
  errors: readonly ErrorClass[] = [],
): AnyTarget {
  const last = texts.flat().length - 1;
  return target<Answer, T>({
    name,
    about,
    arbitrary: answersLike(texts),
    seeds: [
      { texts, code: 0 },
      { texts, code: 1 },
      { texts: [], code: 1 },
    ],
    large: (repeated, length) => {
      const run = repeated.repeat(length / repeated.length);
      let at = -1;
      const place = (run.length + repeated.charCodeAt(0)) % (last + 1);
      const longer = texts.map((step) => step.map((text) => (++at === place ? `${text.slice(0, 9)}${run}!` : text)));
      return [{ texts: longer, code: 0 }];
    },
    errors: [UnexpectedOutput, ...errors],
    parse: (answer) => parse(toAnswers(answer)),
    holds(result, answer) {
      bounded(result, answer);
      holds(result);
    },
  });
}

/** Throws where an answer became much longer than it was: it is kept for every node. */
function bounded(result: unknown, { texts }: Answer): void {
  const said = texts.flat().reduce((sum, text) => sum + text.length, 0);
  const kept = sizeOf(result);
  must(kept <= 4 * said + 1000, "longer than the answer", { kept, said });
}

/** Characters of all texts in a value. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  const parts = value instanceof Map || value instanceof Set ? value : Object.values(value);
  let sum = 0;
  for (const part of parts) sum += sizeOf(part);
  return sum;
}
