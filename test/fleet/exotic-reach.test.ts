import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOnTerminal } from "../support/terminal-session.ts";
import { guestXml } from "./delete-bench.ts";
import { defineExotic, expectDefinitionsKept, images, missingLines, readDefinitions, virsh } from "./exotic-guests.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const tcp = (port: number) =>
  `<serial type='tcp'><source mode='bind' host='127.0.0.1' service='${port}'/><protocol type='raw'/></serial>`;
/** Guests whose serial ports and consoles are no terminals, or not all of them. */
const ports: Readonly<Record<string, string>> = {
  "tcp and pty": `${tcp(4561)}<serial type='pty'/>`,
  "null and virtio": `<serial type='null'/><console type='null'><target type='serial'/></console>
<controller type='virtio-serial'/><console type='pty'><target type='virtio'/></console>`,
  tcp: tcp(4562),
  "in a file": "<serial type='file'><source path='/var/log/libvirt/qemu/a b.log'/></serial>",
  "a socket": "<serial type='unix'><source mode='bind' path='/run/libvirt/odd serial'/></serial>",
};
const started = ["bare", "consoles", "no console", "screens", "no listener", "odd text", "disk details"];
/** What libvirt writes otherwise on the way to another node, of a namespace that is not its own. */
const indented = /^ *<\/?libosinfo:/;

describe("guests whose XML somebody wrote by hand, reached, copied and moved", { timeout: 300_000 }, () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (script: string, node = "ham0") => fleet.node(node).enter(script);
  const mclu = (...argv: string[]) => user.mclu(argv, { limit: 200_000 });
  const done = async (...argv: string[]) => {
    const run = await mclu(...argv);
    expect([run.code, run.stderr], argv.join(" ")).toEqual([0, expect.not.stringContaining("error:")]);
    return run;
  };
  const open = (...argv: string[]) => startOnTerminal(argv, { ...user.env, NO_COLOR: "1" });
  /** Attaches to a console, and gives the arguments of virsh on the node. */
  const attached = async (name: string) => {
    const session = open("console", name);
    await session.until(/its console; \^\] leaves\r\n/);
    const found = await on("timeout 40 sh -c 'until pgrep -af \"[v]irsh .* console \"; do sleep 0.1; done'");
    session.type("\x1d");
    expect(await session.ended).toMatchObject({ code: 0, changed: false });
    return found;
  };
  const refusedConsole = async (name: string) => {
    const { code, screen } = await open("console", name).ended;
    expect(code).toBe(6);
    return screen.replaceAll("\r\n", "\n");
  };
  /** Does what a hint says, on the node, and starts the guest anew. */
  const follow = async (text: string, name: string) => {
    const [, command = "false"] = /mclu exec ham0 -- (virt-xml .*); then stop and start it/.exec(text) ?? [];
    await on(`${command} >/dev/null`);
    await done("destroy", name);
    await done("start", name);
  };

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.248.0", nodes: 2 });
    user = await fleetUser(fleet);
    await on(defineExotic);
    for (const [name, devices] of Object.entries(ports))
      await on(`${virsh} define --validate /dev/stdin <<'X'
<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory><os><type machine='pc'>hvm</type></os><devices>${devices}</devices></domain>
X`);
    await done("start", ...Object.keys(ports), ...started);
  });
  afterAll(async () => await fleet?.down());

  it("have the console that is a terminal, or are said how to get one", async () => {
    expect(await attached("consoles")).not.toContain("--devname");
    expect(await attached("tcp and pty")).toContain("--devname serial1");
    expect(await attached("null and virtio")).toContain("--devname console1");
    for (const [name, port] of [
      ["in a file", "of type file: /var/log/libvirt/qemu/a b.log"],
      ["a socket", "of type unix: /run/libvirt/odd serial"],
    ] as const)
      expect(await refusedConsole(name)).toContain(
        `no serial console that can be typed at: its serial port is ${port}`,
      );
    for (const name of ["tcp", "no console"]) {
      await follow(await refusedConsole(name), name);
      await attached(name);
    }
    await expectNothingLeft(fleet.nodes);
  });

  it("have each of their screens, or are said how to get one", async () => {
    for (const type of ["vnc", "spice"]) {
      const session = open("viewer", "--no-open", "--type", type, "screens");
      await session.until(new RegExp(`${type}://127\\.0\\.0\\.1:\\d+`));
      session.type("\x03");
      expect((await session.ended).code).toBe(130);
    }
    const none = await mclu("viewer", "--no-open", "no listener");
    expect([none.code, none.stderr]).toEqual([6, expect.stringContaining("spice listens nowhere\n")]);
    await follow(none.stderr, "no listener");
    const session = open("viewer", "--no-open", "no listener");
    await session.until(/vnc:\/\/127/);
    session.type("\x03");
    expect((await session.ended).code).toBe(130);
  });

  it("without a network card are not waited for, and no login goes anywhere", async () => {
    for (const goal of ["ip", "ssh"]) {
      const run = await mclu("wait", "bare", "--for", goal);
      expect([run.code, run.stderr]).toEqual([
        6,
        `error: bare will have no ${goal}: it has no network interface\n  mclu nic add ham0/bare\n`,
      ]);
    }
    expect((await mclu("wait", "bare", "--for", "agent")).stderr).toContain("it has no channel for one");
    await done("wait", "odd text", "--for", "running");
    for (const argv of [
      ["ssh", "odd text", "true"],
      ["cp", "/etc/hostname", "bare:/tmp/x"],
    ])
      expect(await mclu(...argv)).toMatchObject({
        code: 255,
        stderr: expect.stringMatching(/^error: no address of .* is known: no network interface\n {2}mclu nic add /),
      });
  });

  it("with cards and a disk that no network or pool of their node has are looked at, and lose nothing", async () => {
    const odd = {
      usernet: "<interface type='user'><model type='virtio'/></interface>",
      macvtap: "<interface type='direct'><source dev='eth0' mode='bridge'/><model type='virtio'/></interface>",
      nvme: `<disk type='nvme' device='disk'><driver name='qemu' type='raw'/><source type='pci' managed='yes' namespace='1'>
<address domain='0' bus='1' slot='0' function='0'/></source><target dev='vda' bus='virtio'/></disk>`,
    };
    for (const [name, devices] of Object.entries(odd))
      await on(`{ ${virsh} destroy ${name}; ${virsh} undefine ${name}; } 2>/dev/null
${virsh} define /dev/stdin <<'X'\n${guestXml(name, devices)}\nX`);
    for (const name of ["usernet", "macvtap"]) {
      await done("start", name);
      for (const argv of [
        ["ssh", name, "true"],
        ["cp", "/etc/hostname", `${name}:/tmp/x`],
      ])
        expect(await mclu(...argv)).toMatchObject({
          code: 255,
          stderr: expect.stringContaining(`no address of ${name} is known: no lease, no agent channel\n`),
        });
      expect((await done("migrate", name, "ham1", "--dry-run")).stdout).toContain(`plan: move ham0/${name} to ham1\n`);
      expect((await done("virsh", name, "--", "domiflist")).stdout).toMatch(/ (user|direct) /);
    }
    for (const argv of [
      ["migrate", "nvme", "ham1"],
      ["image", "copy", "nvme", "ham1"],
    ])
      expect(await mclu(...argv)).toMatchObject({
        code: 6,
        stderr: expect.stringContaining("the disk vda of ham0/nvme is of type nvme: no file of ham0\n"),
      });
    const kept = /keep +disk vda +nvme:0000:01:00\.0\/1 +because it is a disk of type nvme\n/;
    expect((await done("delete", "-y", "nvme")).stderr).toMatch(kept);
    await done("delete", "--force", "--yes-all=2", "usernet", "macvtap");
  });

  it("are looked at, copied and deleted in a pool and on a network that no option is told from", async () => {
    await on(`mkdir -p /var/lib/libvirt/dash; cd /var/lib/libvirt/dash
${virsh} pool-define /dev/stdin <<'X'
<pool type='dir'><name>--p</name><target><path>/var/lib/libvirt/dash</path></target></pool>
X
${virsh} net-define /dev/stdin <<'X'
<network><name>--n</name><bridge name='vdash'/></network>
X
${virsh} 'pool-start --pool --p; net-start --network --n'
qemu-img create -q -f qcow2 g.qcow2 1M
${virsh} define /dev/stdin <<'X'
${guestXml("dashed", "<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='--p' volume='g.qcow2'/><target dev='vda' bus='virtio'/></disk><interface type='network'><source network='--n'/></interface>")}
X`);
    // the pool lists what was put into it behind its back from the next refresh on
    const unlisted = /keep +disk vda +--p\/g\.qcow2 +because its pool --p is not active, or does not list it/;
    expect((await done("delete", "dashed", "--dry-run")).stdout).toMatch(unlisted);
    const early = await mclu("clone", "dashed", "dash2", "--as-is", "--no-start");
    const refresh = ["virsh", "ham0", "--", "pool-refresh", "--pool", "--p"];
    expect([early.code, early.stderr]).toEqual([6, expect.stringContaining(`list it\n  mclu ${refresh.join(" ")}\n`)]);
    await done(...refresh);
    expect((await done("info", "dashed")).stdout).toMatch(/1M +196K +--p\/g\.qcow2\n[\s\S]*network --n /);
    await done("clone", "dashed", "dash2", "--as-is", "--no-start");
    expect((await done("disk", "add", "dashed", "1M", "--pool=--p")).stdout).toBe("ham0/dashed: added vdb\n");
    // as a value of mclu.conf, a template or the command line it is refused, as what it looks like
    expect(await mclu("nic", "add", "dashed", "--", "--n")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('no leading "-"'),
    });
    await done("delete", "--yes-all=2", "dashed", "dash2");
    expect(await on(`ls /var/lib/libvirt/dash; ls ${images} | grep dash || :`)).toBe("");
    await on(`${virsh} 'net-destroy --network --n; net-undefine --network --n'`);
    await on(`${virsh} 'pool-destroy --pool --p; pool-undefine --pool --p'; rmdir /var/lib/libvirt/dash`);
  });

  it("are moved with what is foreign to libvirt, or refused with what mends it", async () => {
    const before = await readDefinitions(fleet.node("ham0"));
    await on("mkdir -p /var/lib/libvirt/aside", "ham1");
    await done("start", "far nvram");
    for (const name of ["odd text", "far nvram"]) {
      await done("migrate", name, "ham1");
      const there = (await readDefinitions(fleet.node("ham1"))).get(name) ?? [];
      const differing = [before.get(name) ?? [], there].map((lines) => lines.filter((line) => !indented.test(line)));
      expect(missingLines(differing[0] ?? [], differing[1] ?? ["none"])).toEqual([]);
    }
    expect(await on(`${virsh} dumpxml 'odd text'`, "ham1")).toContain("<![CDATA[<name>]]><!-- c -->");
    await on("rmdir /var/lib/libvirt/aside 2>/dev/null || rm -r /var/lib/libvirt/aside");
    const back = await mclu("migrate", "far nvram", "ham0");
    expect([back.code, back.stderr]).toEqual([
      6,
      expect.stringMatching(/no directory .*\n {2}mclu exec ham0 -- mkdir/),
    ]);
    // its firmware, which finds nothing to start, never rests
    await done("destroy", "far nvram");
    const based = await mclu("migrate", "disk details", "ham1");
    expect([based.code, based.stderr]).toEqual([6, expect.stringContaining("take <backingStore> out")]);
    await done("destroy", ...started, `--yes-all=${started.length}`);
  });

  it("are snapshotted, marked, copied and exported as far as their disks go, and keep what is foreign", async () => {
    const before = await readDefinitions(fleet.node("ham0"));
    for (const argv of [["create"], ["revert", "-y"], ["delete", "-y"]])
      await done("snapshot", argv[0] ?? "", "volume", "s 1", ...argv.slice(1));
    const raw = await mclu("snapshot", "create", "content of it", "s");
    expect([raw.code, raw.stderr]).toEqual([6, expect.stringContaining("mclu clone 'ham0/content of it' NEWNAME")]);
    for (const [index, name] of ["volume", "data file", "disk details"].entries()) {
      await done("image", "mark", name);
      await done("clone", name, `copy${index}`, "--as-is", "--no-start");
      if (index !== 1) await done("image", "export", name, join(user.home, `${index}.qcow2`));
      await done("image", "unmark", name);
    }
    await expectDefinitionsKept(fleet.node("ham0"), before, /$^/, /^ {2}<metadata\/>$/);
    const chains = await on(`cd ${images} && for i in 0 1 2; do qemu-img info copy$i.qcow2; done`);
    expect(chains).not.toMatch(/backing file|data file:/);
    const copies = ["copy0", "copy1", "copy2"];
    await done("delete", "--yes-all=3", ...copies);
    await expectDefinitionsKept(fleet.node("ham0"), before, /$^/, /^ {2}<metadata\/>$/);
  });
});
