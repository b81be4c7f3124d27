import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planAddDisk } from "../../src/operations/disk/add.ts";
import type { Plan } from "../../src/operations/plan.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, guestAddress, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";
const images = "/var/lib/libvirt/images";

interface DeviceList<T> {
  readonly guests: readonly { readonly devices: readonly T[] }[];
}

describe("disks, cards, media and snapshots on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.168.0", nodes: 2, kinds: { ham1: "dynamic" } });
    user = await fleetUser(fleet);
    // one guest that has booted serves all that a running one has to give back
    const [run] = await fleet.define("ham0", ["run"], { start: true });
    await fleet.define("ham1", ["off"]);
    if (run) await guestAddress(fleet.node("ham0"), run, 150);
  });
  afterAll(async () => await fleet?.down());

  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const ok = async (...argv: string[]) => {
    const run = await user.mclu(argv);
    expect([run.code, run.stderr], argv.join(" ")).toEqual([0, expect.not.stringContaining("error:")]);
    return run;
  };
  const refused = async (why: string, ...argv: string[]) => {
    const run = await user.mclu(argv);
    expect([run.code, run.stderr], argv.join(" ")).toEqual([6, expect.stringContaining(why)]);
  };
  const listed = async <T>(...argv: string[]): Promise<readonly T[]> => {
    const { stdout } = await ok(...argv, "-o", "json");
    return parseDocument<DeviceList<T>>(stdout).guests.flatMap(({ devices }) => devices);
  };
  const files = async (node: string) => (await on(node, `ls -A ${images}`)).split("\n").filter((name) => name !== "");
  /** Plans to give a guest a disk, lets something happen, and goes on. */
  const addDisk = async (guest: string, meanwhile: (plan: Plan) => Promise<unknown>) => {
    const env = { HOME: user.home, PATH: process.env.PATH, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    const cluster = await openCluster({ file: join(user.home, "mclu.conf"), env });
    try {
      const plan = await planAddDisk(cluster, { guests: [guest] }, { from: { size: 1024 ** 2 } });
      await meanwhile(plan);
      return (await applyPlan(cluster, plan)).results[0];
    } finally {
      await cluster.close();
    }
  };
  const define = (node: string, name: string, os: string, devices: string) =>
    on(
      node,
      `cat >/tmp/${name}.xml <<'X'
<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>${os}<devices>${devices}</devices></domain>
X
${virsh} undefine ${name} --nvram 2>/dev/null; ${virsh} define /tmp/${name}.xml`,
    );
  const disk = (path: string, format: string) =>
    `<disk type='file'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='vda' bus='virtio'/></disk>`;

  it.each(["ham0/run", "ham1/off"])("adds a disk to %s, grows it and removes it with its image", async (guest) => {
    const [node = "", name = ""] = guest.split("/");
    // as Maglica had it, and as it is now
    if (name === "run") await ok("vm", "attach-disk", `--name=${guest}`, "--size=8M");
    else await ok("disk", "add", guest, "8M");
    await ok("disk", "grow", guest, "vdb", "+8M");
    const live = name === "run";
    const row = { target: "vdb", capacity: 16 * 1024 ** 2, now: live, next: true, format: "qcow2" };
    expect(await listed("disk", "list", guest)).toContainEqual(expect.objectContaining(row));
    expect(await on(node, `stat -c %a ${images}/${name}-vdb.qcow2`)).toContain("600");
    await refused("to shrink it", "disk", "grow", guest, "vdb", "1M");
    await refused("nobody is there to agree", "disk", "remove", "--delete", guest, "vdb");
    await ok("protect", guest);
    await refused("it is protected", "disk", "remove", "--delete", "-y", guest, "vdb");
    await ok("unprotect", guest);
    await ok("disk", "remove", "--delete", "-y", guest, "vdb");
    expect(await files(node)).toEqual([`${name}.qcow2`]);
    expect(await listed("disk", "list", guest)).toHaveLength(1);
  });

  it("never takes the name of a file that is there, and takes back what could not be attached", async () => {
    const final = `${images}/off-vdb.qcow2`;
    const taken = await addDisk("off", () => on("ham1", `echo precious >${final}`));
    const detail = `changed meanwhile: somebody else has made ${final}; nothing was done`;
    expect(taken).toMatchObject({ outcome: "refused", detail, hint: "type it again" });
    expect(await on("ham1", `cat ${final}`)).toContain("precious");
    const failed = await addDisk("off", () =>
      on(
        "ham1",
        `qemu-img create -q -f qcow2 ${images}/x 1M; ${virsh} attach-disk off ${images}/x vdb --subdriver qcow2 --config`,
      ),
    );
    expect(failed).toMatchObject({ outcome: "failed", detail: expect.stringContaining("vdb") });
    expect(await files("ham1")).toEqual(["off-vdb.qcow2", "off.qcow2", "x"]);
    await ok("disk", "remove", "off", "vdb");
    await on("ham1", `rm ${images}/x ${final}`);
  });

  it("attaches an image that nobody has, and none that another guest or image needs", async () => {
    await on(
      "ham1",
      `cd ${images} && qemu-img create -q -f qcow2 base 1M && qemu-img create -q -f qcow2 -b base -F qcow2 over`,
    );
    await refused("would be ruined", "disk", "add", "off", "--source", `${images}/base`);
    await refused("looks like an image that is based on", "disk", "add", "off", "--source", `${images}/over`);
    await ok("disk", "add", "off", "--source", `${images}/over`, "--format", "qcow2");
    await define("ham1", "second", "<os><type>hvm</type></os>", "");
    await refused("ham1/off has", "disk", "add", "second", "--source", `${images}/over`);
    await on("ham1", `${virsh} detach-disk off vdb --config`);
    await define("ham1", "second", "<os><type>hvm</type></os>", disk(`${images}/base`, "qcow2"));
    await on("ham1", `cd ${images} && qemu-img create -q -f qcow2 -b base -F qcow2 third`);
    const overlays = `based on vda would be ruined: ${images}/over, ${images}/third`;
    await refused(overlays, "disk", "grow", "second", "vda", "2M");
    await refused(overlays, "set", "second", "boot=hd");
    await on("ham1", `${virsh} undefine second; rm ${images}/base ${images}/over ${images}/third`);
  });

  it("says what a pipe is instead of a disk, and libvirt still answers", async () => {
    await on("ham1", `mkfifo ${images}/pipe; ln -sf /dev/zero ${images}/zero`);
    const source = (name: string) => ({ source: `${images}/${name}`, capacity: null });
    for (const [name, odd] of [
      ["pipe", "fifo"],
      ["zero", "character special file"],
    ] as const) {
      await define("ham1", "odd", "<os><type>hvm</type></os>", disk(`${images}/${name}`, "raw"));
      expect(await listed("disk", "list", "odd")).toEqual([expect.objectContaining({ ...source(name), odd })]);
      expect((await ok("info", "odd")).stdout).toContain(`${images}/${name} (no image: ${odd})`);
      await refused("nobody can tell how large vda is", "disk", "grow", "odd", "vda", "1G");
    }
    expect(await on("ham1", `timeout 5 ${virsh} domstate odd && timeout 5 ${virsh} dominfo off`)).toContain("shut off");
    await on("ham1", `${virsh} undefine odd; rm ${images}/pipe ${images}/zero`);
  });

  it("leaves nothing on a full disk", async () => {
    const [guest] = await fleet.define("ham1", ["full"], { template: "none" });
    await fleet.fault("ham1", "disk-full");
    try {
      await on("ham1", `head -c 20M /dev/zero >${images}/filler 2>/dev/null || ${virsh} pool-refresh default`);
      const before = await files("ham1");
      await refused("free, and 1G are wanted", "disk", "add", "full", "1G");
      const run = await user.mclu(["disk", "add", "full", "1G", "--force"]);
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("No space left on device")]);
      expect(await files("ham1")).toEqual(before);
      expect(await on("ham1", `${virsh} domblklist ${guest?.uuid}`)).not.toContain("vdb");
    } finally {
      await fleet.heal("ham1");
      await on("ham1", `${virsh} pool-refresh default`);
    }
  });

  it("adds, changes and removes network cards", async () => {
    await ok("nic", "add", "run", "default", "--mac", "52:54:00:10:20:30");
    await refused("ham0/run has a card", "nic", "add", "off", "--mac", "52:54:00:10:20:30");
    await refused("has no active network nope", "nic", "add", "off", "nope");
    const set = await ok("nic", "set", "run", "52:54:00:10:20:30", "link=down", "model=e1000");
    expect(set.stderr).toContain("it takes effect at the next start");
    const row = { mac: "52:54:00:10:20:30", link: "down", now: true, next: true, model: "virtio" };
    expect(await listed("nic", "list", "run")).toContainEqual(expect.objectContaining(row));
    expect(await on("ham0", `${virsh} domiflist run --inactive`)).toMatch(/e1000 +52:54:00:10:20:30/);
    await ok("nic", "remove", "run", "52:54:00:10:20:30");
    expect(await listed("nic", "list", "run")).toHaveLength(1);
    // one that will be of another kind at the next start
    await ok("nic", "add", "run", "default", "--mac", "52:54:00:10:20:31");
    const card = "<interface type='user'><mac address='52:54:00:10:20:31'/></interface>";
    const [gone, come] = ["detach-interface run network --mac 52:54:00:10:20:31", "attach-device run /dev/stdin"];
    await on("ham0", `${virsh} ${gone} --config && echo "${card}" | ${virsh} ${come} --config`);
    await ok("nic", "remove", "run", "52:54:00:10:20:31");
    expect(await listed("nic", "list", "run")).toHaveLength(1);
  });

  it("says what to do where a running guest without ACPI takes no device, and changes nothing", async () => {
    const card = "<interface type='network'><mac address='52:54:00:10:20:40'/><source network='default'/></interface>";
    await define("ham1", "plain", "<os><type arch='x86_64'>hvm</type></os>", card);
    await on("ham1", `${virsh} start plain`);
    const before = [await files("ham1"), await on("ham1", `${virsh} dumpxml plain --inactive`)];
    for (const argv of [
      ["disk", "add", "plain", "8M"],
      ["nic", "add", "plain"],
      ["nic", "remove", "plain"],
    ]) {
      const run = await user.mclu(argv);
      expect([run.code, run.stderr], argv.join(" ")).toEqual([
        1,
        expect.stringMatching(
          /does not support hotplugging\n(?: {2}before .*\n)? {2}try: it has no ACPI, .*: mclu stop --force ham1\/plain, the same command again, mclu start ham1\/plain$/m,
        ),
      ]);
    }
    expect([await files("ham1"), await on("ham1", `${virsh} dumpxml plain --inactive`)]).toEqual(before);
    // as it says
    await ok("stop", "--force", "--timeout", "1", "plain");
    await ok("disk", "add", "plain", "8M");
    await ok("start", "plain");
    await on("ham1", `${virsh} destroy plain; ${virsh} undefine plain; rm ${images}/plain*`);
  });

  it("takes memory from a guest that runs, and gives it back", async () => {
    const balloon = async (mib: number) => {
      expect(await ok("set", "run", `memory=${mib}M`)).toMatchObject({ stderr: "" });
      // the guest's own driver lets go of it page by page, and libvirt takes note of that once a second
      await on(
        "ham0",
        `timeout 60 sh -c 'until ${virsh} dommemstat run | grep -qx "actual ${mib * 1024}" && ${virsh} dumpxml run | grep -q "<currentMemory [^>]*>${mib * 1024}<"; do sleep 0.2; done'`,
      );
      const next = await on("ham0", `${virsh} dumpxml run --inactive`);
      expect(next).toMatch(new RegExp(`<currentMemory unit='KiB'>${mib * 1024}<`));
    };
    await balloon(112);
    await balloon(128);
  });

  it("puts media into drives, and a drive where there is none", async () => {
    await on("ham0", `truncate -s 1M ${images}/a.iso ${images}/b.iso`);
    await on("ham1", `truncate -s 1M ${images}/a.iso; ${virsh} pool-refresh default`);
    const later = await ok("iso", "attach", "run", `${images}/a.iso`);
    expect(later.stderr).toContain("it takes effect at the next start");
    await ok("vm", "attach-iso", "--name=off", "--iso=default/a.iso");
    expect(await on("ham1", `${virsh} domblklist off`)).toContain(`${images}/a.iso`);
    await ok("set", "off", "boot=cdrom");
    await ok("iso", "eject", "off");
    expect(await on("ham1", `${virsh} domblklist off`)).not.toContain("a.iso");
    expect((await ok("iso", "eject", "off")).stdout).toContain("is empty already");
    await refused("there is no /nope", "iso", "attach", "off", "/nope");
  });

  it("makes snapshots that libvirt can revert to, and no others", async () => {
    await ok("snapshot", "create", "run", "before", "--description", "a 'b'");
    await ok("set", "run", "description=after");
    await refused("nobody is there to agree", "snapshot", "revert", "run", "before");
    await ok("snapshot", "revert", "-y", "run", "before");
    expect(await on("ham0", `${virsh} domstate run; ${virsh} desc run`)).toMatch(/^running\s*$/);
    const row = { name: "before", description: "a 'b'", state: "running", kind: "internal", current: true };
    expect(await listed("snapshot", "list", "run")).toEqual([expect.objectContaining(row)]);
    await ok("protect", "run");
    for (const verb of ["revert", "delete"]) await refused("it is protected", "snapshot", verb, "-y", "run", "before");
    await ok("unprotect", "run");
    await ok("snapshot", "delete", "-y", "run", "before");
    await on(
      "ham1",
      `cd ${images} && qemu-img create -q -f raw raw.img 1M && qemu-img create -q -f qcow2 efi.qcow2 1M`,
    );
    await define("ham1", "raw", "<os><type>hvm</type></os>", disk(`${images}/raw.img`, "raw"));
    await refused("needs qcow2 disks, and vda is raw", "snapshot", "create", "raw");
    const efi = "<os firmware='efi'><type machine='q35'>hvm</type></os><features><acpi/></features>";
    await define("ham1", "efi", efi, disk(`${images}/efi.qcow2`, "qcow2"));
    await refused("UEFI firmware", "snapshot", "create", "efi");
    await on(
      "ham1",
      `${virsh} snapshot-create-as raw ext --disk-only --diskspec vda,file=${images}/raw.ext >/dev/null`,
    );
    await refused("ext is external", "snapshot", "revert", "-y", "raw", "ext");
    await expectNothingLeft(fleet.nodes);
  });
});
