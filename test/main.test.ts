import { afterEach, describe, expect, it, vi } from "vitest";
import { failed, NodeError, UnheardChange } from "../src/node/failure.ts";
import { runMclu } from "./support/run-mclu.ts";

const runProgram = vi.hoisted(() => vi.fn<() => Promise<number>>());
vi.mock("../src/program.ts", () => ({ runProgram }));
afterEach(() => runProgram.mockReset());

describe("what a command throws and has no words for", () => {
  const lost = failed("lost", "the wire was cut", "ping ham0");
  it.each([
    [lost, "error: a node does not answer: lost: the wire was cut\n  ping ham0\n"],
    [
      new NodeError({ state: "off", detail: "no route to host" }),
      "error: a node does not answer: off: no route to host\n  mclu status\n",
    ],
    [
      new UnheardChange(lost.silence),
      "error: a node does not answer: the end of a change was not heard\n  ping ham0\n",
    ],
  ])("is a node's failure where it is one, and no bug: %s", async (error, stderr) => {
    runProgram.mockRejectedValue(error);
    expect(await runMclu(["status"])).toEqual({ code: 5, stdout: "", stderr });
  });

  it("is a bug where it is anything else", async () => {
    runProgram.mockRejectedValue(new TypeError("x is not a function"));
    const { code, stderr } = await runMclu(["status"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^this is a bug in mclu .*\nTypeError: x is not/)]);
  });
});
