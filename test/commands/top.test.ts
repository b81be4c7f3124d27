import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { showTop } from "../../src/commands/top-screen.ts";
import { createStyle } from "../../src/render/style.ts";
import { type FakeNode, fakeCluster, offNode } from "../support/fake-host.ts";
import { growingLoads } from "../support/loads.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const guests = [
  { name: "web1", uuid: testUuid(1) },
  { name: "db1", uuid: testUuid(2) },
];

/** The live view on a terminal whose lines are kept. */
async function open(nodes: Readonly<Record<string, FakeNode>>, isStuck: () => boolean = () => false) {
  const cluster = await fakeCluster(nodes, "", growingLoads(guests));
  const lines = new Map<number, string>();
  const keys = new PassThrough();
  const end = new AbortController();
  const listeners: (() => void)[] = [];
  let suspended = 0;
  let size = { columns: 80, rows: 24 };
  const onEvent = (listener: () => void) => {
    listeners.push(listener);
    return () => void listeners.splice(listeners.indexOf(listener), 1);
  };
  const screen = {
    keys,
    get size() {
      return size;
    },
    write(bytes: Uint8Array) {
      for (const [all, row, line = ""] of Buffer.from(bytes)
        .toString()
        .matchAll(/\x1b\[2J|\x1b\[(\d+);1H\x1b\[2K([^\x1b]*)/g))
        if (all === "\x1b[2J") lines.clear();
        else lines.set(Number(row), line);
      return isStuck() ? new Promise<void>((resolve) => keys.once("drained", resolve)) : undefined;
    },
    onResize: (listener: (size: { columns: number; rows: number }) => void) => onEvent(() => listener(size)),
    onResume: onEvent,
    suspend: () => void suspended++,
  };
  const view = { sort: "cpu", running: false, filter: "", typing: false, section: "both", offset: 0 } as const;
  const style = createStyle(false);
  const left = showTop(cluster, screen, { nodes: [], seconds: 0.05, view, style, signal: end.signal });
  return {
    ...{ left, keys, end, listeners },
    type: (text: string) => void keys.write(text),
    shows: (what: RegExp | string) =>
      vi.waitFor(() => expect([...lines.values()].join("\n")).toMatch(what), { timeout: 20_000 }),
    resize(columns: number, rows: number) {
      size = { columns, rows };
      for (const listener of listeners) listener();
    },
    suspended: () => suspended,
  };
}

describe("the live view of top", () => {
  it("follows keys, the window and the nodes, and leaves nothing behind", async () => {
    let isOff = false;
    const top = await open({ ham0: () => guests, ham1: () => (isOff ? offNode : guests) });
    await top.shows(/nodes 2\/2 {2}guests 4 {2}by cpu/);
    await top.shows(/ham0\/web1 .* 0\.50\/1/);
    top.type("m/");
    top.type("ham1/w");
    await top.shows(/guests 1\/4 {2}by memory[\s\S]*\/ham1\/w_/);
    top.type("\r");
    isOff = true;
    await top.shows(/nodes 1\/2[\s\S]*ham1 +off, last seen \d+s ago[\s\S]*ham1\/web1 +was running \d+s ago/);
    isOff = false;
    await top.shows(/nodes 2\/2/);
    top.resize(40, 12);
    await top.shows(/^NAME +CPU +MEM +DISK +NET$/m);
    top.type("\x1a\x0c");
    await vi.waitFor(() => expect(top.suspended()).toBe(1), { timeout: 10_000 });
    top.type("q");
    expect(await top.left).toBe(true);
    expect(top.listeners).toEqual([]);
    expect(top.keys.listenerCount("data")).toBe(0);
  });

  it("is interrupted by Ctrl-C and by the signal, once it is there and before", async () => {
    const typed = await open({ ham0: () => guests });
    await typed.shows(/web1/);
    typed.type("\x03q");
    expect(await typed.left).toBe(false);
    const signalled = await open({ ham0: () => guests });
    signalled.end.abort();
    expect(await signalled.left).toBe(false);
  });

  it("waits for a terminal that takes nothing, and shows the newest then", async () => {
    let isStuck = true;
    const top = await open({ ham0: () => guests }, () => isStuck);
    await top.shows(/mclu top/);
    isStuck = false;
    top.type("m");
    top.keys.emit("drained");
    await top.shows(/by memory/);
    top.type("q");
    expect(await top.left).toBe(true);
  });
});

describe("top --once", () => {
  const config = () =>
    `[mclu]\ntransport = local\nuri = ${testDriverUri(temporaryDirectory(), [
      { name: "web1", vcpus: 2 },
      { name: "old", state: "shut off" },
    ])}\n[nodes]\nham0 =\nham1 =\n[node.ham1]\ngroups = fast\n`;
  const run = (...argv: string[]) => runMclu(["top", "--interval", "0.1", ...argv], { config: config() });

  it("prints a table of nodes and guests where there is no terminal", async () => {
    const { code, stdout, stderr } = await run("ham0");
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.split("\n").map((line) => line.split(/ {2,}/));
    expect(lines[0]?.slice(0, 5)).toEqual(["NODE", "GUEST", "STATE", "CPU", "CPUS"]);
    expect(lines[1]?.slice(0, 3)).toEqual(["ham0", "-", "on"]);
    expect(stdout).toMatch(/^ham0 {2}old +shut off +- +1 +- +1\.0G/m);
    expect(stdout).toMatch(/^ham0 {2}web1 +running +- +2 +- +1\.0G/m);
  });

  it("takes filters and sorts, also with a format", async () => {
    expect((await run("-o", "name", "--filter", "web", "--sort", "name")).stdout).toBe("ham0/web1\nham1/web1\n");
    expect((await run("-o", "name", "--filter", "@fast/w*", "--running")).stdout).toBe("ham1/web1\n");
    expect((await run("-o", "csv", "--columns", "node,guest,seen")).stdout).toMatch(/^node,guest,seen\nham0,,\d{10}\n/);
    const tty = { tty: { columns: 80, rows: 24 }, config: config() };
    const once = await runMclu(["top", "--once", "--interval", "0.1", "--running"], tty);
    expect(once.stdout).not.toContain("old");
    expect((await runMclu(["top", "--interval", "0.1"], { ...tty, env: { TERM: "dumb" } })).stdout).toContain("old");
  });

  it("has a row for a node without guests", async () => {
    const uri = testDriverUri(temporaryDirectory(), []);
    const empty = { config: `[mclu]\ntransport = local\nuri = ${uri}\n[nodes]\nham0 =\n` };
    const { code, stdout } = await runMclu(["top", "--interval", "0.1", "-o", "csv", "--no-header"], empty);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^ham0,,on,[^\n]*\n$/)]);
  });

  it("says what nodes did not answer, and what it does not know", async () => {
    const down = "[node.ham1]\nuri = qemu+unix:///system?socket=/nonexistent\n";
    const bad = await runMclu(["top", "--interval", "0.1"], { config: config().replace("[node.ham1]\n", down) });
    expect([bad.code, bad.stdout]).toEqual([3, expect.stringMatching(/^ham1 {2}- +failed +- /m)]);
    expect(bad.stderr).toContain("ham1 failed: libvirt-down");
    expect(await run("--filter", "@none/x")).toMatchObject({ code: 4, stdout: "" });
    expect(await run("ham9")).toMatchObject({ code: 4, stdout: "" });
    expect(await run("--sort", "size")).toMatchObject({ code: 2, stderr: expect.stringContaining("Allowed choices") });
    expect(await run("--interval", "0")).toMatchObject({ code: 2 });
  });
});
