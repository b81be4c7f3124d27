import { describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

const gib = 1024 ** 2;

function oneNode(guests: Parameters<typeof testDriverUri>[1], mclu = ""): string {
  return `[mclu]\ntransport = local\nuri = ${testDriverUri(temporaryDirectory(), guests)}\n${mclu}[nodes]\nham0 =\n`;
}

describe("status", () => {
  it("prints mclu v2's layout to the character", async () => {
    const config = oneNode(
      [
        { name: "web1", memoryKib: 4 * gib, vcpus: 4 },
        { name: "web2", memoryKib: 4 * gib, vcpus: 4, state: "paused" },
        { name: "old", memoryKib: 4 * gib, vcpus: 4, state: "shut off" },
        { name: "broken", memoryKib: 4 * gib, state: "crashed" },
      ],
      "host-reserve = 1G\n",
    );
    const run = await runMclu(["status"], { config });
    expect(run).toEqual({
      code: 0,
      stderr: "",
      stdout: `ham0                     on
                           total: 8pcpus 16.0G
                            used: 9vcpus 12.0G by 3 guest(s)
                            free: 3.0G
`,
    });
  });

  it("leaves the used line out when nothing runs, and shows a free amount below zero", async () => {
    const idle = await runMclu(["status"], { config: oneNode([{ name: "a", state: "shut off" }]) });
    expect(idle.stdout).not.toContain("used:");
    const full = await runMclu(["status"], { config: oneNode([{ name: "a", memoryKib: 17 * gib }]) });
    expect(full.stdout).toContain("                            free: -1.0G\n");
  });

  it("puts one space behind a name over 24 characters", async () => {
    const uri = testDriverUri(temporaryDirectory(), []);
    const config = `[mclu]\ntransport = local\nuri = ${uri}\n[nodes]\na-node-with-quite-a-long-name.example.org =\n`;
    expect((await runMclu(["status"], { config })).stdout).toMatch(/^a-node-with-quite-a-long-name\.example\.org on\n/);
  });

  it("shows a failed node with its reason and what to type, and exits 3 beside a node that is on", async () => {
    const config = `${oneNode([])}bad =\n[node.bad]\nuri = qemu+unix:///system?socket=/nonexistent\n`;
    const run = await runMclu(["status"], { config });
    expect(run.code).toBe(3);
    expect(run.stdout).toContain("\nbad                      failed: libvirt-down\n                           try: ");
  });

  it("exits 5 beside a node that is on when the one that failed was named", async () => {
    const config = `${oneNode([])}bad =\n[node.bad]\nuri = qemu+unix:///system?socket=/nonexistent\ngroups = fast\n`;
    expect(await runMclu(["status", "ham0", "bad"], { config })).toMatchObject({ code: 5, stderr: "" });
    expect((await runMclu(["status", "ham0", "@fast"], { config })).code).toBe(3);
    expect((await runMclu(["node", "list", "ham0", "bad"], { config })).code).toBe(5);
  });

  it("exits 5 and says so when no node answered", async () => {
    const config = "[mclu]\ntransport = local\nuri = qemu+unix:///system?socket=/nonexistent\n[nodes]\nham0 =\n";
    const run = await runMclu(["status"], { config });
    expect(run).toMatchObject({ code: 5, stderr: "error: no node answered\n" });
  });

  it("asks only the nodes and groups that are named, in configuration order", async () => {
    const config = `${oneNode([])}ham1 =\nham2 =\n[node.ham2]\ngroups = fast\n`;
    const run = await runMclu(["status", "@fast", "ham0", "-o", "name"], { config });
    expect(run.stdout).toBe("ham0\nham2\n");
    expect(await runMclu(["status", "ham9"], { config })).toMatchObject({ code: 4, stdout: "" });
    expect(await runMclu(["status", "@none"], { config })).toMatchObject({ code: 4, stdout: "" });
  });

  it("leaves on a terminal what a pipe gets", async () => {
    const config = oneNode([{ name: "web1" }]);
    const piped = await runMclu(["status"], { config });
    const screen = await runMclu(["status"], { config, tty: { columns: 80, rows: 24 }, env: { NO_COLOR: "1" } });
    expect(screen.stdout).toMatch(/^\r\u001b\[Jham0 {21}\.\.\.\n/);
    expect(screen.stdout.split(/\u001b\[J(?:\u001b\[1A)?/).at(-1)).toBe(piped.stdout);
  });

  it("prints one JSON document with bytes", async () => {
    const run = await runMclu(["status", "-o", "json"], { config: oneNode([{ name: "web1", vcpus: 2 }]) });
    expect(JSON.parse(run.stdout)).toEqual({
      schema: 1,
      kind: "status",
      nodes: [
        {
          node: "ham0",
          state: "on",
          cpus: 8,
          memory: 16 * 1024 ** 3,
          used: { vcpus: 2, memory: 1024 ** 3, guests: 1 },
          free: 15 * 1024 ** 3,
        },
      ],
    });
  });

  it("marks guests that several nodes have under one UUID: one host that has two names is counted twice", async () => {
    const names = ["web", "db", "mail\u202e", "d", "e", "f"];
    const config = `${oneNode(names.map((name) => ({ name })))}alias =\nalone =\n[node.alone]\nuri = ${testDriverUri(temporaryDirectory(), [])}\n`;
    const run = await runMclu(["status"], { config });
    expect(run.stdout.match(/ by 6 guest\(s\)$/gm)).toHaveLength(2);
    expect(run).toMatchObject({
      code: 0,
      stderr: `warning: ham0, alias have guests of the same UUIDs (web, db, mail\\u202e, d and 2 more), counted on each: one host under several names?
  try: mclu list
`,
    });
    const json = await runMclu(["status", "-o", "json"], { config });
    expect(json).toMatchObject({ code: 0, stderr: run.stderr });
    const { duplicates } = parseDocument<{ duplicates: { nodes: string[]; guests: { name: string }[] }[] }>(
      json.stdout,
    );
    expect(duplicates.map(({ nodes, guests }) => [nodes, guests.map(({ name }) => name)])).toEqual([
      [["ham0", "alias"], names],
    ]);
    const { guests } = parseDocument<{ guests: { duplicate: string[] }[] }>(
      (await runMclu(["list", "-o", "json"], { config })).stdout,
    );
    expect(guests.map(({ duplicate }) => duplicate)).toEqual(Array(12).fill(["name", "uuid"]));
    expect(await runMclu(["status", "ham0", "alone"], { config })).toMatchObject({ code: 0, stderr: "" });
  });

  it("adds pool, networks, versions and load with --wide, and - where the node says nothing", async () => {
    const run = await runMclu(["status", "--wide"], { config: oneNode([]) });
    expect(run.stdout).toMatch(/\n {29}cpu: \[[#.]{20}\] load \d+\.\d of 8\n/);
    expect(run.stdout).toMatch(/\n {28}runs: libvirt \d+\.\d+\.\d+, .*KVM\n/);
  });

  it("repeats with --watch until it is interrupted", async () => {
    const interruption = new AbortController();
    setTimeout(() => interruption.abort(), 2500);
    const config = oneNode([]);
    const run = await runMclu(["status", "--watch", "0.1"], { config, signal: interruption.signal });
    expect(run.code).toBe(130);
    expect(run.stdout.match(/^ham0/gm)?.length).toBeGreaterThan(1);
    expect(await runMclu(["status", "--watch", "-o", "json"], { config })).toMatchObject({ code: 2, stdout: "" });
  });

  it("shows this machine alone, and says so, without a configuration", async () => {
    const run = await runMclu(["status"], { env: { MCLU_URI: testDriverUri(temporaryDirectory(), []) } });
    expect(run.stderr).toBe("no mclu.conf: showing this machine only\n");
    expect(run.stdout).toMatch(/^localhost +on\n/);
  });
});
