import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { card, clusterOf, hostileNames, hostileSelectors } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const snapshot = `<test:domainsnapshot><name>before it's done</name><description>why</description>
  <creationTime>1795259010</creationTime><state>running</state><active>1</active>
  <domain type='test'><name>web1</name><uuid>${testUuid(0)}</uuid><memory>1048576</memory><os><type>hvm</type></os></domain>
  </test:domainsnapshot>`;

function rich(image: string): string {
  return clusterOf({
    ham0: [
      {
        name: "web1",
        vcpus: 2,
        more: `<title>The \u202eweb</title><description>two\nlines</description>${snapshot}`,
        devices: `<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file="${image}"/><target dev='vda' bus='virtio'/></disk>
          <disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
          ${card("52:54:00:00:00:01")}
          <graphics type='vnc' port='5901' passwd='hunter2'/>`,
      },
      { name: "web2", state: "shut off", devices: card("52:54:00:00:00:02") },
    ],
    ham1: [],
  });
}

function image(): string {
  const path = join(temporaryDirectory(), "a disk's image");
  writeFileSync(path, Buffer.alloc(65536));
  return path;
}

interface Guest {
  readonly [key: string]: unknown;
  readonly disks: readonly Record<string, unknown>[];
}

describe("info", () => {
  it("shows a guest with its disks, addresses and snapshots", async () => {
    const path = image();
    const run = await runMclu(["info", "web1"], { config: rich(path) });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const lines = run.stdout.split("\n");
    expect(lines[0]).toBe("ham0/web1");
    expect(run.stdout).toMatch(/^ {2}state: {8}running$/m);
    expect(run.stdout).toMatch(/^ {2}title: {8}The \\u202eweb$/m);
    expect(run.stdout).toMatch(/^ {2}description: {2}two\n {16}lines$/m);
    expect(run.stdout).toMatch(/^ {2}memory: {7}1G$/m);
    expect(run.stdout).toMatch(/^ {2}DISK +BUS +DEVICE +FORMAT +SIZE +USED +SOURCE$/m);
    expect(run.stdout).toContain(path);
    expect(run.stdout).toMatch(/^ {2}sda +sata +cdrom .* \(empty\)$/m);
    expect(run.stdout).toMatch(/52:54:00:00:00:01 +network default +virtio +testnet0 +192\.168\.122\.\d+\/24 +lease$/m);
    expect(run.stdout).toMatch(/^ {2}before it's done \(current\) +20\d\d-/m);
    expect(run.stdout).not.toContain("hunter2");
  });

  it("gives all of it as JSON, bytes and seconds as numbers, null for what nobody said", async () => {
    const path = image();
    const run = await runMclu(["info", "ham0/*", "-o", "json"], { config: rich(path) });
    const { guests } = parseDocument<{ guests: Guest[] }>(run.stdout);
    expect(guests[0]).toMatchObject({
      node: "ham0",
      name: "web1",
      uuid: testUuid(0),
      state: "running",
      persistent: true,
      autostart: false,
      managedSave: false,
      vcpus: { current: 2, maximum: 2 },
      memory: { current: 1024 ** 3, maximum: 1024 ** 3, resident: null },
      noAddress: null,
      problem: null,
      hardware: { title: "The \u202eweb", agent: null, graphics: [{ type: "vnc", port: 5901 }] },
      interfaces: [{ mac: "52:54:00:00:00:01", addresses: [{ family: "ipv4", prefix: 24, source: "lease" }] }],
      snapshots: [{ name: "before it's done", description: "why", created: 1795259010, current: true }],
    });
    expect(guests[0]?.disks).toMatchObject([
      { target: "vda", path, capacity: 65536, backing: [] },
      { target: "sda", device: "cdrom", source: null, backing: null },
    ]);
    expect(guests[1]).toMatchObject({ name: "web2", state: "shut off", noAddress: "shut off" });
  });

  it("finds every name that libvirt accepts, and nothing but that guest", async () => {
    const config = clusterOf({ ham0: hostileNames.map((name) => ({ name })) });
    const run = await runMclu(["info", "-o", "json", "--", ...hostileSelectors], { config });
    const { guests } = parseDocument<{ guests: Guest[] }>(run.stdout);
    const uuids = new Map(guests.map(({ name, uuid }) => [name, uuid]));
    hostileNames.forEach((name, index) => {
      expect([name, uuids.get(name)]).toEqual([name, testUuid(index)]);
    });
    expect(guests.map(({ problem }) => problem)).toEqual(hostileNames.map(() => null));
  });

  it("exits 4 for a guest that is nowhere, 2 without one, and 3 beside a failed node", async () => {
    const config = rich(image());
    expect(await runMclu(["info", "nope"], { config })).toMatchObject({ code: 4, stdout: "" });
    expect(await runMclu(["info"], { config })).toMatchObject({ code: 2, stdout: "" });
    const bad = config
      .replace("[nodes]\n", "[nodes]\nbad =\n")
      .concat("[node.bad]\nuri = qemu+unix:///system?socket=/no\n");
    const run = await runMclu(["info", "web1"], { config: bad });
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/^warning: bad failed: /);
    expect(await runMclu(["info", "web1", "--node", "ham0"], { config: bad })).toMatchObject({ code: 0, stderr: "" });
  });

  it("leaves on a terminal what a pipe gets", async () => {
    const config = rich(image());
    const piped = await runMclu(["info", "web1"], { config });
    const screen = await runMclu(["info", "web1"], { config, tty: { columns: 80, rows: 50 }, env: { NO_COLOR: "1" } });
    expect(screen.stdout.split(/\u001b\[J(?:\u001b\[1A)?/).at(-1)).toBe(piped.stdout);
  });
});
