import { execFile } from "node:child_process";
import { mkdtemp, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatSize } from "../../src/render/size.ts";
import { screenText } from "../support/screen.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, slack } from "./fleet-user.ts";
import { steady } from "./steady.ts";

describe("status and list of a cluster of every kind of node", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const kinds = { ham1: "sudo", ham2: "dynamic", ham3: "jump" } as const;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.109.0", nodes: 5, kinds });
    user = await fleetUser(fleet, { timed: true });
    for (const [node, name] of [
      ["ham0", "web"],
      ["ham1", "db"],
      ["ham2", "mail"],
      ["ham3", "deep"],
    ] as const)
      await fleet.define(node, [name], { template: "none", memory: 64, vcpus: 2, start: node === "ham1" });
  });
  afterAll(() => fleet?.down());

  it("shows every node, whether reached as root, by sudo or through a jump host", async () => {
    const { code, stdout, stderr } = await user.mclu(["status"]);
    const idle = (node: string) => `${node}                     on
                           total: Npcpus N.NG
                            free: N.NG
`;
    const used = `ham1                     on
                           total: Npcpus N.NG
                            used: 2vcpus 0.1G by 1 guest(s)
                            free: N.NG
`;
    // the amounts of memory of a virtual machine that runs tests may change between two looks
    const shown = stdout
      .replace(/total: \d+pcpus \d+\.\dG$/gm, "total: Npcpus N.NG")
      .replace(/free: \d+\.\dG$/gm, "free: N.NG");
    expect(shown).toBe(idle("ham0") + used + idle("ham2") + idle("ham3") + idle("ham4"));
    expect([code, stderr]).toEqual([0, ""]);
  });

  it.each([
    ["ham1", "0.1G by 1 guest(s)"],
    ["ham3", null],
  ])("adds with --wide what virsh and the kernel of %s say", async (name, used) => {
    const node = fleet.node(name);
    await node.enter(`printf %s "<network><name>lab</name></network>" >/tmp/lab.xml
virsh -q -c qemu:///system 'net-define /tmp/lab.xml; net-start lab'; rm /tmp/lab.xml`);
    const said = "virsh -c qemu:///system 'nodeinfo; nodememstats; pool-info default --bytes; version'";
    const [words, run] = await steady(
      // as they are rounded: all of them move a little all the time
      async () => wide(await node.enter(`${said}; echo "Load: $(cat /proc/loadavg)"`), name, used),
      () => user.mclu(["status", "--wide", name]),
    );
    await node.enter("virsh -q -c qemu:///system 'net-destroy lab; net-undefine lab'");
    expect(run.stdout).toBe(words);
    expect([run.code, run.stderr]).toEqual([0, ""]);
  });

  it("says with --wide of a pool and of networks that they are not active", async () => {
    const virsh = (commands: string) => fleet.node("ham2").enter(`virsh -q -c qemu:///system '${commands}'`);
    await virsh("pool-destroy default; net-destroy default");
    const { code, stdout, stderr } = await user.mclu(["status", "--wide", "ham2"]);
    await virsh("pool-start default; net-start default");
    expect(stdout).toMatch(/\n {28}pool: default inactive\n {24}networks: none active\n {28}runs: libvirt /);
    expect([code, stderr]).toEqual([0, ""]);
  });

  it("lists their guests", async () => {
    const { code, stdout, stderr } = await user.mclu(["list"]);
    expect(stdout).toBe(`NAME  NODE  STATE     VCPUS  MEMORY
web   ham0  shut off      2     64M
db    ham1  running       2     64M
mail  ham2  shut off      2     64M
deep  ham3  shut off      2     64M
`);
    expect([code, stderr]).toEqual([0, ""]);
    await expectNothingLeft(fleet.nodes);
  });

  it("needs no terminal and no home directory that exists", async () => {
    const env = { HOME: "/proc/nonexistent", XDG_CACHE_HOME: "/dev/null/cache" };
    const { code, stdout, stderr } = await user.mclu(["list", "-o", "name"], { env, under: ["setsid", "-w"] });
    expect([code, stdout, stderr]).toEqual([0, "ham0/web\nham1/db\nham2/mail\nham3/deep\n", ""]);
  });

  it("is asked by a checkout's wrapper too, from another directory and by a link", async () => {
    const link = join(await mkdtemp(join(user.home, "bin-")), "mclu");
    await symlink(fileURLToPath(new URL("../../docs/mclu-wrapper", import.meta.url)), link);
    const run = async (...argv: string[]) =>
      (await promisify(execFile)(link, argv, { cwd: "/", env: { ...user.env } })).stdout;
    expect(await run("node", "list", "-o", "name")).toBe("ham0\nham1\nham2\nham3\nham4\n");
    expect(await run("list", "ham1", "-o", "name")).toBe("ham1/db\n");
    expect(await run("template", "list", "-o", "name")).toContain("debian-12\n");
  });

  it("colours nothing in a pipe, unless CLICOLOR_FORCE says so, and never with NO_COLOR", async () => {
    const run = async (env: Record<string, string>, pty?: { columns: number; rows: number }) =>
      (await user.mclu(["status", "ham0"], { env, ...(pty && { pty }) })).stdout;
    const screen = { columns: 80, rows: 24 };
    const green = "\x1b[32mon\x1b[39m";
    expect(await run({})).not.toContain("\x1b");
    expect(await run({ CLICOLOR_FORCE: "1" })).toContain(green);
    expect(await run({ CLICOLOR_FORCE: "1", NO_COLOR: "1" })).not.toContain("\x1b");
    expect(await run({}, screen)).toContain(green);
    expect(await run({ NO_COLOR: "1" }, screen)).not.toMatch(/\x1b\[[\d;]*m/);
  });

  it("ends without a word when its reader has seen enough", async () => {
    for (const format of ["text", "json"]) {
      const result = await user.mclu(["list", "-o", format], {
        under: ["bash", "-o", "pipefail", "-c", '"$@" | head -c 1', "-"],
      });
      expect([result.code, result.stdout.length, result.stderr]).toEqual([0, 1, ""]);
    }
    await expectNothingLeft(fleet.nodes);
  });

  it(`says off of one that is, and exits 0, within 1.4 s (here ${1.4 * slack} s)`, async () => {
    await fleet.off("ham4");
    const result = await user.mclu(["status"]);
    await fleet.on("ham4");
    expect(result.stdout).toMatch(/\nham3 {21}on\n.*\n.*\nham4 {21}off\n$/);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(result.ms).toBeLessThan(1400 * slack);
  });

  describe("while one does not answer", () => {
    // ARP does: else the kernel gives it up when it likes
    beforeAll(() => fleet.fault("ham4", "dropped"));
    afterAll(() => fleet.heal("ham4"));

    it("shows the others on a terminal before it has given that one up", async () => {
      const pty = { columns: 80, rows: 40 };
      const result = await user.mclu(["status"], { pty, env: { NO_COLOR: "1" } });
      const piped = await user.mclu(["status"]);
      const seen = (count: number) => {
        const bytes = result.chunks.slice(0, count).map(({ text }) => text);
        return screenText(bytes.join(""), pty.columns, pty.rows);
      };
      // every node has its row at once, in its place
      expect(seen(1)).toBe(
        ["ham0", "ham1", "ham2", "ham3", "ham4", ""].map((name) => name && `${name.padEnd(24)} ...`).join("\n"),
      );
      const on = result.chunks.findIndex((_, index) => seen(index + 1).match(/ on$/gm)?.length === 4);
      expect(seen(on + 1)).toMatch(/\nham4 {21}\.\.\.\n$/);
      const last = result.chunks.at(-1)?.ms ?? 0;
      expect(last - (result.chunks[on]?.ms ?? last)).toBeGreaterThan(300);
      expect(seen(result.chunks.length)).toBe(piped.stdout);
      expect(result.code).toBe(0);
    });

    it.each([40, 30])("leaves the same lines on a terminal of %d columns as in a pipe", async (columns) => {
      for (const command of ["status", "list"]) {
        const result = await user.mclu([command], { pty: { columns, rows: 40 }, env: { NO_COLOR: "1" } });
        const piped = await user.mclu([command]);
        expect(screenText(result.stdout, columns, 40)).toBe(screenText(piped.stdout + piped.stderr, columns, 40));
      }
    });

    it("leaves the same lines on a screen that is too low for them", async () => {
      const result = await user.mclu(["status"], { pty: { columns: 80, rows: 6 }, env: { NO_COLOR: "1" } });
      expect(screenText(result.stdout, 80, 6)).toBe((await user.mclu(["status"])).stdout);
    });
  });
});

/** The lines of a node in `status --wide`, from what virsh and /proc/loadavg say there. */
function wide(words: string, node: string, used: string | null): string {
  const number = (label: string) => {
    const [, digits] = new RegExp(`^${label} *: +([0-9.]+)`, "m").exec(words) ?? [];
    if (digits === undefined) throw new Error(`no ${label} in: ${words}`);
    return Number(digits);
  };
  const cpus = number("CPU\\(s\\)");
  const memory = number("Memory size") * 1024;
  const load = number("Load");
  const inUse = 1 - (number("free") + number("buffers") + number("cached")) / number("total");
  const bar = (part: number) => `[${"#".repeat(Math.round(Math.min(1, part) * 20)).padEnd(20, ".")}]`;
  const [, hypervisor] = /^Running hypervisor: (.*)$/m.exec(words) ?? [];
  const [, libvirt] = /^Using library: (.*)$/m.exec(words) ?? [];
  const lines = [
    `total: ${cpus}pcpus ${formatSize(memory)}`,
    ...(used === null ? [] : [`used: 2vcpus ${used}`]),
    `free: ${formatSize(memory - (used === null ? 0 : 64 * 1024 ** 2))}`,
    `cpu: ${bar(load / cpus)} load ${load.toFixed(1)} of ${cpus}`,
    `memory: ${bar(inUse)} ${Math.round(inUse * 100)}%`,
    `pool: default ${formatSize(number("Available"))} free of ${formatSize(number("Capacity"))}`,
    "networks: default lab",
    `runs: ${libvirt}, ${hypervisor}, no KVM`,
  ];
  // mclu v2's layout: the colons below each other
  const aligned = lines.map((line) => " ".repeat(32 - line.indexOf(":")) + line);
  return `${node.padEnd(24)} on\n${aligned.join("\n")}\n`;
}
