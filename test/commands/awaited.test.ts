import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it, onTestFinished } from "vitest";
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

/** ham0 with a guest, and ham1, where virsh is connected and never gets an answer. */
async function besideASilentNode(): Promise<string> {
  const socket = join(temporaryDirectory(), "libvirt");
  const clients = new Set<Socket>();
  const libvirt = createServer((client) => clients.add(client.on("error", () => undefined)));
  await once(libvirt.listen(socket), "listening");
  onTestFinished(() => {
    for (const client of clients) client.destroy();
    libvirt.close();
  });
  const config = clusterOf({ ham0: [{ name: "web1" }], ham1: [] });
  return config.replace(/(\[node\.ham1\]\n)uri = .*\n/, `$1uri = qemu+unix:///system?socket=${socket}\n`);
}

it("whatever waits for a node that is slow says so on a terminal, and leaves nothing of that there", async () => {
  const config = await besideASilentNode();
  const typed: readonly (readonly [string, number, string])[] = [
    ["start web1", 0, "ham0/web1: already running"],
    ["migrate web1 ham1 --dry-run", 6, ""],
    ["info web1", 3, "ham0/web1"],
    ["ip", 3, "NAME"],
  ];
  const runs = typed.map(async ([line, code, end]) => {
    const argv = ["--read-timeout", "3", ...line.split(" ")];
    const run = await runMclu(argv, { config, tty: { ...tty, rows: 60 }, env: { NO_COLOR: "1" } });
    expect([line, run.code, run.stderr]).toEqual([line, code, expect.stringContaining("ham1")]);
    expect(run.stdout, line).toMatch(/until ham1 answers \.\.\. [1-3]s$/m);
    const screen = screenText(run.stdout, tty.columns, 60);
    expect(screen, line).not.toContain("...");
    expect(screen, line).toContain(end);
  });
  await Promise.all(runs);
  const piped = await runMclu(["--read-timeout", "2", "start", "web1"], { config });
  expect(piped.stdout).toBe("ham0/web1: already running\n");
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
    relays: () => undefined,
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
