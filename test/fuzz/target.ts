import type * as fc from "fast-check";

/** A class of error, compared exactly: a TypeError is not the Error that a parser documents. */
export type ErrorClass = new (...args: never[]) => Error;

/** One parser under fuzz. */
export interface Target<Input> {
  /** The folder of its kept failures, too. */
  readonly name: string;
  /** What holds for every input beside "throws nothing but what it documents, within its time"; a phrase for the docs. */
  readonly about: string;
  readonly arbitrary: fc.Arbitrary<Input>;
  /** Inputs to begin with, real ones where there are any. */
  readonly seeds: readonly Input[];
  /** Inputs of about `length` characters round something repeated; absent: made of the seeds, which are texts or bytes. */
  readonly large?: (repeated: string, length: number) => readonly Input[];
  /** The errors that it documents. */
  readonly errors?: readonly ErrorClass[];
  /** Runs the parser and throws where what it gave breaks its own promises. */
  readonly run: (input: Input) => void;
}

/** A target whose input is known to it alone, so that targets of all kinds fit in one table. */
export type AnyTarget = Target<unknown>;

/** Makes a target of a parser and of what holds for its results. */
export function target<Input, Result>(
  spec: Omit<Target<Input>, "run"> & {
    readonly parse: (input: Input) => Result;
    readonly holds: (result: Result, input: Input) => void;
  },
): AnyTarget {
  const { parse, holds, errors = [], ...rest } = spec;
  const run = (input: Input) => {
    let result: Result;
    try {
      result = parse(input);
    } catch (error) {
      if (errors.some((known) => (error as Error).constructor === known)) return;
      throw error;
    }
    holds(result, input);
  };
  return { ...rest, errors, run } as Target<Input> as AnyTarget;
}

/** Throws unless it is so; cheaper than an assertion library a million times over. */
export function must(holds: boolean, what: string, found?: unknown): asserts holds {
  if (!holds) throw new Error(found === undefined ? what : `${what}: ${shown(found)}`);
}

/** Throws unless both are equal as JSON, bytes and maps included. */
export function same(found: unknown, expected: unknown, what: string): void {
  if (!Object.is(found, expected) && show(found) !== show(expected))
    throw new Error(`${what}: expected ${shown(expected)}, found ${shown(found)}`);
}

function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => (part instanceof Map ? [...part] : part)) ?? String(value);
}

function shown(value: unknown): string {
  const text = show(value);
  return text.length > 300 ? `${text.slice(0, 300)}... (${text.length} characters)` : text;
}

/** A number that somebody gave, or null. */
export function count(value: number | null, what: string): void {
  must(value === null || (Number.isFinite(value) && value >= 0), `${what} is no number from 0 up, nor null`, value);
}

export const uuidForm = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
