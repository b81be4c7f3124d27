import { describe, expect, it } from "vitest";
import { readExitCode } from "../../src/operations/silence.ts";

const on = { node: "ham0", state: "on" } as const;
const off = { node: "ham1", state: "off" } as const;
const failed = { node: "ham2", state: "failed" } as const;

describe("the exit code of a read", () => {
  it("counts a node that failed and not one that is off, where none was named", () => {
    expect(readExitCode([on])).toBe(0);
    expect(readExitCode([on, off])).toBe(0);
    expect(readExitCode([on, off, failed])).toBe(3);
  });

  it("is 5 when a node that was named did not answer, off or failed, whatever the others did", () => {
    expect(readExitCode([on, off], ["ham0", "ham1"])).toBe(5);
    expect(readExitCode([on, failed], ["ham0", "ham2"])).toBe(5);
    expect(readExitCode([on, off, failed], ["ham1", "@fast"])).toBe(5);
  });

  it("takes a group for no name of its nodes", () => {
    expect(readExitCode([on, off], ["@fast"])).toBe(0);
    expect(readExitCode([on, off, failed], ["ham0", "@fast"])).toBe(3);
  });

  it("is 5 when no node answered, named or not", () => {
    expect(readExitCode([off])).toBe(5);
    expect(readExitCode([off, failed])).toBe(5);
    expect(readExitCode([])).toBe(0);
  });
});
