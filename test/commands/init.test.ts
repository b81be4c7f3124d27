import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSshd } from "../support/fake-sshd.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type RunOptions, runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { adminKey, type SshWorld, sshWorld } from "../support/ssh-world.ts";
import { testDriverUri } from "../support/test-driver.ts";
import { printOf, sshd, tty } from "./trusting.ts";

/** `mclu init` of a user with a home of their own; every host is this machine, with libvirt's test driver. */
function home(): {
  readonly file: string;
  init(argv: readonly string[], options?: RunOptions): ReturnType<typeof runMclu>;
} {
  const directory = temporaryDirectory();
  const sshConfig = join(directory, "ssh_config");
  writeFileSync(sshConfig, "Host ham0 10.0.0.10\nHost ham1\nHost *\n  User root\n");
  const env = {
    HOME: directory,
    MCLU_SSH_CONFIG: sshConfig,
    MCLU_TRANSPORT: "local",
    MCLU_URI: testDriverUri(directory, [{ name: "web1" }]),
    NO_COLOR: "1",
  };
  return {
    file: join(directory, ".config/mclu/mclu.conf"),
    init: (argv, options = {}) => runMclu(["init", ...argv], { ...options, env: { ...env, ...options.env } }),
  };
}

/** `mclu init`, as the administrator of a world. */
function initIn(world: SshWorld, argv: readonly string[], options: RunOptions = {}) {
  return runMclu(["init", ...argv], { ...options, env: { ...world.env, NO_COLOR: "1" } });
}

const fileOf = (world: SshWorld) => join(world.env["HOME"] ?? "", ".config/mclu/mclu.conf");

describe("init", () => {
  it("offers the hosts of ssh_config until it is told which, and writes what mclu then reads", async () => {
    const { file, init } = home();
    const run = await init([], { tty, input: ["7", "fd00::1", "1, pig=root@10.0.0.9"] });
    expect(run.stderr).toMatch(
      /^hosts of \S+:\n {2}1 {2}ham0\n {2}2 {2}ham1\nnodes \(numbers.*\n7 is none of the numbers from 1 to 2\nnodes .*\n"fd00::1" needs a name: .*\n {2}NAME=fd00::1\nnodes/,
    );
    expect(run.stderr).toMatch(/^ham0: on: libvirt \d+\.\d+\.\d+/m);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(`^${file}: 2 nodes\n\n  mclu status `) });
    const { stdout } = await runMclu(["node", "list", "-o", "json"], {
      config: readFileSync(file, "utf8"),
      env: { MCLU_TRANSPORT: "local" },
    });
    expect(parseDocument(stdout)).toMatchObject({
      nodes: [
        { node: "ham0", host: "ham0", user: null },
        { node: "pig", host: "10.0.0.9", user: "root" },
      ],
    });
  });

  it("asks for hosts where ssh knows none", async () => {
    const { init } = home();
    const run = await init([], { tty, input: ["ham7"], env: { MCLU_SSH_CONFIG: "/dev/null" } });
    expect(run).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^nodes \(\[USER@\]HOST\[:PORT\] \.\.\.\): ham7\n/),
    });
  });

  it.each([
    [[""], "no host is named: nothing was written"],
    [[], "the input ended: nothing was written"],
  ])("writes nothing where the answer is %j", async (input, said) => {
    const { file, init } = home();
    const run = await init([], { tty, input });
    expect(run).toMatchObject({ code: 6, stderr: expect.stringContaining(said) });
    expect(existsSync(file)).toBe(false);
  });

  it("says what to type where nobody can be asked", async () => {
    const { init } = home();
    expect(await init([])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/mclu init HOST\.\.\. \(\S+ has ham0 ham1\)/),
    });
    expect(await init(["fd00::1"])).toMatchObject({ code: 2, stderr: expect.stringContaining("  NAME=fd00::1\n") });
  });

  it("never writes over a configuration, and keeps it where it is forced to", async () => {
    const { file, init } = home();
    await init(["ham0"]);
    const first = readFileSync(file, "utf8");
    const refused = await init(["ham1"]);
    expect(refused).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/is there already, and stays as it is\n {2}mclu init --force/),
    });
    expect(refused.stderr).not.toContain("trying");
    const forced = await init(["ham1", "--force"]);
    expect(forced.stdout).toContain(`what was there before: ${file}.bak\n`);
    expect(readFileSync(`${file}.bak`, "utf8")).toBe(first);
    expect(readFileSync(file, "utf8")).toContain("\nham1 =\n");
  });

  it("writes the file of -f and of MCLU_CONFIG, and says how it is used", async () => {
    const { file, init } = home();
    const directory = temporaryDirectory();
    const own = join(directory, "my cluster.conf");
    const run = await init(["ham0", "-f", own]);
    expect(run.stdout).toContain(`  mclu -f '${own}' status `);
    const other = join(directory, "deeper/mclu.conf");
    const json = await init(["ham0", "-o", "json"], { env: { MCLU_CONFIG: other } });
    expect(parseDocument(json.stdout)).toMatchObject({
      file: other,
      backup: null,
      command: "mclu",
      hosts: [{ node: "ham0", written: true }],
    });
    expect([existsSync(own), existsSync(other), existsSync(file)]).toEqual([true, true, false]);
    expect(await init(["ham0", "-f", ""])).toMatchObject({ code: 2, stderr: expect.stringContaining("names no file") });
  });
});

describe("init of hosts that cannot be used yet", () => {
  it("asks about each of them, and leaves out what nobody wants", async () => {
    const world = sshWorld({ a: { port: 1 }, b: { port: 1 } });
    const run = await initIn(world, ["a", "b"], { tty, input: ["y", "n"] });
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/: 1 node\nleft out: b\n/) });
    expect(run.stderr).toMatch(/^a: failed: refused: .*\n {2}try: \S/m);
    const text = readFileSync(fileOf(world), "utf8");
    expect(text).toMatch(/^a =\n\n\[node\.a\]\n# It did not answer as this was written/m);
    const none = await initIn(world, ["b", "--force"], { tty, input: ["n"] });
    expect(none).toMatchObject({ code: 5, stderr: expect.stringContaining("no host is left: nothing was written") });
    expect(readFileSync(fileOf(world), "utf8")).toBe(text);
  });

  it("is refused where nobody can be asked, unless it is said what becomes of them", async () => {
    const world = sshWorld({ a: { port: 1 } });
    const refused = await initIn(world, ["a"]);
    expect(refused).toMatchObject({
      code: 5,
      stdout: "",
      stderr: expect.stringContaining("nothing was written: a cannot be used yet\n  mclu init --failed keep"),
    });
    const left = await initIn(world, ["--failed", "leave-out", "a"]);
    expect(left).toMatchObject({ code: 5, stderr: expect.stringContaining("  mclu init --failed keep HOST...") });
    expect(existsSync(fileOf(world))).toBe(false);
    expect(await initIn(world, ["--failed", "keep", "a"])).toMatchObject({ code: 0 });
    expect(await initIn(world, ["--failed", "drop", "a"])).toMatchObject({ code: 2 });
  });

  it("shows each host key that is unknown, takes none by itself, and says how a key gets known", async () => {
    const [a, b] = await Promise.all([sshd(), startSshd({ authorized: [adminKey.public] })]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port } });
    const piped = await initIn(world, ["a", "b", "--failed", "leave-out"]);
    expect(piped.code).toBe(5);
    expect(piped.stderr).toContain(`it shows ${printOf(a)}\n  try: ssh a true\n`);
    const asked = await initIn(world, ["a", "b"], { tty, input: ["no", "yes", "n", "n"] });
    expect(asked.stderr.match(/yes\/no\/fingerprint/g)).toHaveLength(2);
    expect(asked.stderr).toContain(printOf(b));
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${b.port} ${b.hostKey}\n`);
    expect(a.seen.logins).toEqual([]);
    expect(existsSync(fileOf(world))).toBe(false);
  });

  it("leaves nothing where it is interrupted at any question", async () => {
    const a = await sshd();
    for (const before of [[], ["a dead"], ["a dead", "yes"]]) {
      const world = sshWorld({ a: { port: a.port }, dead: { port: 1 } });
      const interruption = new AbortController();
      const interrupt = () => {
        interruption.abort();
        return "";
      };
      const run = await initIn(world, [], { tty, input: [...before, interrupt], signal: interruption.signal });
      expect([before, run.code]).toEqual([before, 130]);
      expect(existsSync(join(world.env["HOME"] ?? "", ".config"))).toBe(false);
    }
  });

  it("takes the end of the input for no answer to any question, and writes nothing", async () => {
    const a = await sshd();
    for (const before of [[], ["a dead"], ["a dead", "yes"]]) {
      const world = sshWorld({ a: { port: a.port }, dead: { port: 1 } });
      const run = await initIn(world, [], { tty, input: before });
      expect([before, run]).toEqual([before, expect.objectContaining({ code: 6, stdout: "" })]);
      expect(run.stderr).toContain("error: the input ended: nothing was written\n");
      expect(existsSync(join(world.env["HOME"] ?? "", ".config"))).toBe(false);
    }
  });

  it("leaves no part of a file where it cannot be written", async () => {
    const { file, init } = home();
    mkdirSync(file, { recursive: true });
    const run = await init(["ham0", "--force"]);
    expect(run).toMatchObject({ code: 1, stderr: expect.stringContaining("mclu.conf cannot be written: EPERM") });
    expect(readdirSync(join(file, ".."))).toEqual(["mclu.conf"]);
  });
});
