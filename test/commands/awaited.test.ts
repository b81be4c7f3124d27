import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import type { Context } from "../../src/commands/context.ts";
import { registerOff } from "../../src/commands/off.ts";
import { createStyle } from "../../src/render/style.ts";
import { fakeCluster, offNode } from "../support/fake-host.ts";
import { clusterOf } from "../support/guests.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { screenText } from "../support/screen.ts";

const tty = { columns: 80, rows: 24 };
const config = () => clusterOf({ ham0: [{ name: "web1" }] });
/** What stays on the screen in the end. */
const left = (text: string) => screenText(text, tty.columns, tty.rows).trimEnd();

it.each([
  ["wait web1 --for running", "web1: running ... 0s\n", "ham0/web1: running"],
  ["on --wait ham0", "until libvirt answers on ham0 ... 0s\n", "ham0: already on"],
  ["start --wake ham0/web1", "until libvirt answers on ham0 ... 0s\n", "ham0/web1: already running"],
  ["gc ham0", "looking for what jobs left ... 0s\n", "nothing to remove"],
  ["doctor ham0", "looking for what is wrong ... 0s\n", "ham0: "],
  ["dump copies", "writing down what the nodes define ... 0s\n", "ham0: 1 guest, "],
  ["jobs cancel 20991231T235959", "until 20991231T235959 has ended ... 0s\n", "$"],
])("mclu %s says on a terminal what it awaits, and leaves nothing of that there", async (line, awaited, end) => {
  const argv = line.split(" ");
  const run = await runMclu(argv, { config: config(), tty, env: { NO_COLOR: "1" } });
  expect(run.stdout).toContain(awaited);
  expect(left(run.stdout)).toMatch(new RegExp(`^${end}`));
  expect(left(run.stdout)).not.toContain("...");
  const piped = await runMclu(argv, { config: config() });
  expect(piped.stdout).not.toContain("...");
});

it.each([
  "start ham0/off1",
  "set web1 vcpus=2",
  "snapshot create web1 before",
  "disk grow web1 vda 2G",
  "delete -y ham0/off1",
])("mclu %s has a line for each guest on a terminal from the beginning, which its end replaces", async (line) => {
  const config = clusterOf({ ham0: [{ name: "web1" }, { name: "off1", state: "shut off" }] });
  const run = await runMclu(line.split(" "), { config, tty, env: { NO_COLOR: "1" } });
  expect(run.stdout).toMatch(/ham0\/(web1|off1) \.\.\.\n/);
  expect(left(run.stdout)).not.toContain("...");
});

it("wait says how it stands, for as long as it takes", async () => {
  const argv = ["wait", "web1", "--for", "shut off", "--timeout", "2"];
  const run = await runMclu(argv, { config: config(), tty, env: { NO_COLOR: "1" } });
  expect(run.code).toBe(7);
  expect(run.stdout).toMatch(/web1: shut off \.\.\. 1s {2}it is running\n/);
  expect(left(run.stdout)).toBe("");
});

describe("exec on several nodes", () => {
  const nodes = "[mclu]\ntransport = local\n[nodes]\nham0 =\nham1 =\n";
  /** Ends at once on the node that is first; the other waits for the end of that. */
  const slowly = () => `mkdir '${join(temporaryDirectory(), "first")}' 2>/dev/null || sleep 3; echo done; echo oh >&2`;

  it.each([[[]], [["-o", "json"]]])("with %j says where it is awaited, and leaves what a pipe gets", async (format) => {
    const argv = (line: string) => ["exec", ...format, "--all", "--", line];
    const run = await runMclu(argv(slowly()), { config: nodes, tty, env: { NO_COLOR: "1" } });
    expect(run.stdout).toContain("until it ends on 2 nodes ... 0s\n");
    expect(run.stdout).toMatch(/until it ends on 2 nodes \.\.\. \ds {2}still ham[01]\n/);
    const piped = await runMclu(argv("echo done; echo oh >&2"), { config: nodes });
    const text = (stdout: string) => stdout.replace(/"command": \[[^\]]*\]/, "");
    expect(text(left(run.stdout))).toBe(text(piped.stdout).trimEnd());
    expect(run.stderr.split("\n").sort()).toEqual(piped.stderr.split("\n").sort());
  });

  it("is silent about one, and where every line is shown as it comes", async () => {
    for (const argv of [["ham0"], ["--no-fold", "ham0", "ham1"]]) {
      const run = await runMclu(["exec", ...argv, "--", "true"], { config: nodes, tty });
      expect(run).toMatchObject({ code: 0, stdout: "" });
    }
  });
});

it("off says which nodes still answer, and then what became of them", async () => {
  let told = false;
  const run = (argv: readonly string[]) => {
    told ||= argv.includes("mclu-off");
    return told ? "accepted" : "now\t0\n";
  };
  const cluster = await fakeCluster({ ham0: () => (told ? offNode : []) }, "", { run });
  for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
  const terminal = memoryTerminal({ tty });
  let code: number | undefined;
  const context = {
    ...{ terminal, style: createStyle(false), warnings: createStyle(false), prompter: undefined },
    signal: new AbortController().signal,
    changes: () => undefined,
    withCluster: (use: (of: typeof cluster) => Promise<number>) => use(cluster),
    finish: (result: number) => {
      code = result;
    },
  };
  const program = new Command();
  registerOff(program, context as unknown as Context);
  await program.parseAsync(["off", "-y", "ham0"], { from: "user" });
  expect(code).toBe(0);
  expect(terminal.stdout).toContain("looking at what runs on ham0 ... 0s\n");
  expect(terminal.stdout).toContain("until ham0 gives no answer any more ... 0s\n");
  expect(left(terminal.both)).toMatch(/^ham0: switching it off\nham0: switched off$/);
});
