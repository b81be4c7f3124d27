import { readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

/** Two nodes here, and one whose port nobody listens on. */
const config = `[nodes]
ham0 =
ham1 =
dead = 127.0.0.1:1
[node.ham0]
transport = local
groups = here
[node.ham1]
transport = local
groups = here
`;

const exec = (argv: readonly string[], options = {}) => runMclu(["exec", ...argv], { config, ...options });

describe("exec", () => {
  it("shows equal output once, under the names of its nodes", async () => {
    const { code, stdout, stderr } = await exec(["ham1", "ham0", "--", "echo", "a  b", "$HOME"]);
    expect(stdout).toBe("---------------\nham0 ham1 (2)\n---------------\na  b $HOME\n");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  it("reads a single word as a line for sh, and adds nothing to one node's output", async () => {
    const run = await exec(["ham0", "--", "printf '%s-' a b; echo oh >&2; exit 4"]);
    expect(run).toEqual({ code: 4, stdout: "a-b-", stderr: "oh\n" });
  });

  it("prints every line with its node, safe for a terminal", async () => {
    const run = await exec(["--no-fold", "@here", "--", "printf '\\033[2Jx\\ny'"]);
    expect(run.stdout.split("\n").sort()).toEqual(["", "ham0: \\x1b[2Jx", "ham0: y", "ham1: \\x1b[2Jx", "ham1: y"]);
  });

  it("passes bytes on untouched with --raw, and stdin with -i", async () => {
    const run = await exec(["--raw", "-i", "ham0", "--", "cat; printf '\\033[1m'"], { input: ["in", "put"] });
    expect(run.stdout).toBe("in\nput\n\x1b[1m");
  });

  it("ends with the largest remote code, and with 255 where it could not run", async () => {
    const mixed = await exec(["--all", "--", "exit", "1"]);
    expect(mixed.code).toBe(255);
    expect(mixed.stderr).toMatch(/^ham0: exit code 127$/m);
    expect(mixed.stderr).toMatch(/^dead: failed: refused: /m);
    expect(mixed.stderr).toMatch(/^ {2}try: /m);
    expect((await exec(["ham0", "ham1", "--", "exit 3"])).code).toBe(3);
  });

  it("ends a command at its deadline", async () => {
    const run = await exec(["--timeout", "2", "ham0", "ham1", "--", "echo begun; sleep 60"]);
    expect(run.code).toBe(255);
    expect(run.stdout).toBe("---------------\nham0 ham1 (2): ended at the deadline\n---------------\nbegun\n");
    expect(run.stderr).toBe("ham0: ended at the deadline\nham1: ended at the deadline\n");
  });

  it("keeps what arrived when it is interrupted, and names who did not finish", async () => {
    const controller = new AbortController();
    const directory = temporaryDirectory();
    const command = `echo begun; : >${directory}/$$; sleep 60`;
    const running = exec(["ham0", "ham1", "--", command], { signal: controller.signal });
    await expect.poll(() => readdirSync(directory), { timeout: 10_000 }).toHaveLength(2);
    // what it said before comes by then
    await sleep(500);
    controller.abort();
    const run = await running;
    expect(run.code).toBe(130);
    expect(run.stdout).toContain("begun\n");
    expect(run.stderr).toBe("ham0: interrupted, not finished\nham1: interrupted, not finished\n");
  });

  it("describes every field of its JSON", async () => {
    const run = await exec(["-o", "json", "--all", "--", "echo hi; exit 2"]);
    expect(parseDocument(run.stdout)).toMatchObject({
      kind: "exec",
      command: ["echo hi; exit 2"],
      nodes: [
        { node: "ham0", state: "exited", exitCode: 2, stdout: "hi\n", stderr: "" },
        { node: "ham1", state: "exited", exitCode: 2 },
        { node: "dead", state: "failed", reason: "refused", exitCode: null, stdout: "" },
      ],
    });
    expect(run.code).toBe(255);
    const late = await exec(["-o", "json", "--timeout", "0.3", "ham0", "--", "sleep 9"]);
    expect(parseDocument(late.stdout)).toMatchObject({ nodes: [{ state: "deadline", exitCode: null }] });
  });

  it.each([
    [["ham0"], "nothing stands after --"],
    [["ham0", "--"], "nothing stands after --"],
    [["--", "ls"], "no node is named"],
    [["--all", "ham0", "--", "ls"], "exclude each other"],
    [["--raw", "@here", "--", "ls"], "--raw wants one node, these are 2"],
    [["-i", "@here", "--", "cat"], "--stdin wants one node, these are 2"],
    [["-o", "json", "--raw", "ham0", "--", "ls"], "exclude each other"],
    [["--timeout", "soon", "ham0", "--", "ls"], "a number of seconds"],
    [["ham0", "ls", "-l"], "stands after --"],
  ])("refuses %j", async (argv, message) => {
    const run = await exec(argv);
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(message);
  });
});
