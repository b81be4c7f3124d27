import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exitCodes } from "../../src/errors.ts";
import { type Newcomer, newcomer } from "./demo.ts";
import { remains } from "./remains.ts";

const net = "10.113.0";
const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

interface Step {
  readonly command: string;
  readonly output: string;
}

/** What a reader types and then sees, from all blocks of a kind. */
function stepsOf(text: string, tag: string): readonly Step[] {
  const blocks = [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].filter(([, kind]) => kind === tag);
  return blocks.flatMap(([, , block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = "", ...lines] = step.split("\n");
        return { command, output: lines.join("\n") };
      }),
  );
}

/**
 * Text with a mark for each number that stands by itself, and one blank for many: sizes, times and addresses differ, and
 * a guest may have no address yet.
 */
function shapeOf(text: string): string {
  return text
    .replaceAll(/(?<![\w.-])-?\d+(\.\d+)*/g, "#")
    .replaceAll(/ -(?= )/g, " #")
    .replaceAll(/ +/g, " ");
}

/** A newcomer who reads README.md from its beginning, on this machine: nothing else is known to them. */
describe("README.md", () => {
  let user: Newcomer;
  /** What the demo says comes first in any shell. */
  let first = "";
  let goOn: readonly string[] = [];

  beforeAll(() => {
    user = newcomer(net);
  });
  afterAll(async () => {
    if (existsSync(user.demoDirectory)) await user.type("npm run demo -- down");
    user.leave();
  });

  it("has a demo: three nodes that are on and one that is off, shown as at its beginning", {
    timeout: 600_000,
  }, async () => {
    // both streams, as one sees them
    const { code, stdout } = await user.type("npm run demo 2>&1");
    expect(code, stdout).toBe(0);
    expect(stdout).toMatch(/^every Debian package of test\/fleet\/packages is installed$/m);
    const shown = stdout.slice(0, stdout.indexOf("\nThe cluster stays up."));
    const [typed = "", ...steps] = shown.split(/^\$ /m).slice(1);
    first = typed.trim();
    expect(first).toBe(`. ${user.demoDirectory}/env`);
    const seen = new Map(steps.map((step) => [step.slice(0, step.indexOf("\n")), step.slice(step.indexOf("\n") + 1)]));
    expect([...seen.keys()]).toEqual(["mclu status", "mclu list", "mclu info web1"]);
    const [status, list] = stepsOf(readme, "").filter(({ command }) => seen.has(command));
    // a blank line is before each command
    expect(shapeOf(seen.get("mclu status") ?? "")).toBe(`${shapeOf(status?.output ?? "")}\n`);
    expect(seen.get("mclu list")).toBe(`${list?.output}\n`);
    expect(seen.get("mclu info web1")).toMatch(/^ham0\/web1\n {2}state: +running[\s\S]*\/web1\.qcow2$/m);
    goOn = [...stdout.slice(shown.length).matchAll(/^ {2}(.*?)(?: {2,}#.*)?$/gm)].map(([, line = ""]) => line);
  });

  it("has a session on it that runs as it is written", { timeout: 1_800_000 }, async () => {
    // what an earlier try left
    await user.type("mclu delete -y --force first", first);
    const steps = stepsOf(readme, "console");
    const verbs = steps.map(({ command }) => command.replace(/^mclu /, "").split(" ")[0]);
    expect(verbs).toEqual(["build", "wait", "status", "list", "ssh", "stop", "start", "destroy", "delete"]);
    for (const { command, output } of steps) {
      let run = await user.type(command, first);
      // a busy machine takes many times as long: what was not there by the deadline is waited for again, as a reader would
      for (let again = 0; run.code === exitCodes.deadline && again < 10; again++) run = await user.type(command, first);
      expect({ command, code: run.code, stdout: shapeOf(run.stdout) }, run.stderr).toEqual({
        command,
        code: 0,
        stdout: shapeOf(output),
      });
    }
    const left = "fleet enter ham2 sh -c 'ls -A /var/lib/libvirt/images; virsh -q list --all --name'";
    expect((await user.type(left, first)).stdout.trim()).toBe("mail.qcow2\nmail");
  });

  it("has a demo that says how to go on, and to make the fleet's own variables", { timeout: 240_000 }, async () => {
    expect(goOn).toEqual([
      first,
      "mclu build debian-12 first",
      "mclu wait first --for ssh",
      "mclu status --wide",
      "mclu list -o json",
      "mclu --help",
      "fleet on ham3 && mclu status",
      "fleet help",
      "npm run demo -- down",
    ]);
    // the guest is the session's, and the last line the next test's
    for (const line of goOn.slice(3, -1)) {
      const { code, stdout, stderr } = await user.type(line, first);
      expect([line, code, stdout === ""], stderr).toEqual([line, 0, false]);
      if (line.includes("ham3")) expect(stdout.match(/^ham\d +on$/gm)).toHaveLength(4);
    }
    const own = `${first}; unset MCLU_CONFIG MCLU_SSH_CONFIG; eval "$(test/fleet/fleet env)"`;
    expect(await user.type("mclu node list -o name", own)).toMatchObject({
      code: 0,
      stdout: "ham0\nham1\nham2\nham3\n",
    });
  });

  it("has a demo that goes without a trace", async () => {
    expect(await user.type("npm run demo -- down")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("\nThe demo is gone."),
    });
    // 10.113.0 in hexadecimal is in the name of everything that it has in the kernel
    expect([remains("0a7100"), remains(`${net}.`), existsSync(user.demoDirectory)]).toEqual(["", "", false]);
    const again = await user.type("npm run demo -- down");
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining("\nThere is no demo: ")]);
  });
});
