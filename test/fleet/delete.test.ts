import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const images = "/var/lib/libvirt/images";
const virsh = "virsh -q -c qemu:///system";

interface FileFate {
  readonly what: string;
  readonly path: string | null;
  readonly fate: string;
  readonly reason: string | null;
}

interface Plan {
  readonly targets: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly files?: readonly FileFate[];
  }[];
}

describe("deleting guests of real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.127.0", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic" } });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());

  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const define = async (node: string, name: string, start = false): Promise<FleetGuest> => {
    const [guest] = await fleet.define(node, [name], { start });
    if (!guest) throw new Error("the fleet defined no guest");
    return guest;
  };
  /** A guest that is put together by hand. */
  const defineXml = (node: string, name: string, devices: string, more = "") =>
    on(
      node,
      `cat >/tmp/guest.xml <<'X'
<domain type='qemu'><name>${name}</name><memory unit='MiB'>32</memory>${more || "<os><type>hvm</type></os>"}<devices>${devices}</devices></domain>
X
${virsh} undefine ${name} --nvram 2>/dev/null; ${virsh} define /tmp/guest.xml`,
    );
  const disk = (path: string, target: string, inner = "", format = "qcow2") =>
    `<disk type='file' device='disk'><driver name='qemu' type='${format}'/><source file='${path}'/><target dev='${target}' bus='virtio'/>${inner}</disk>`;
  const image = (node: string, name: string, ...options: string[]) =>
    on(node, `qemu-img create -q -f qcow2 ${options.join(" ")} ${images}/${name} 1M && ${virsh} pool-refresh default`);
  const plan = async (...guests: string[]) => {
    const { stdout } = await user.mclu(["delete", "--dry-run", "-o", "json", ...guests]);
    return parseDocument<Plan>(stdout).targets;
  };
  const fates = async (guest: string) => {
    const [target] = await plan(guest);
    return (target?.files ?? []).flatMap(({ path, fate, reason }) => (path === null ? [] : [[path, fate, reason]]));
  };
  const remove = (guest: string, ...flags: string[]) => user.mclu(["delete", "-y", ...flags, guest]);
  const exists = async (node: string, path: string) =>
    (await on(node, `if [ -e '${path}' ]; then echo yes; else echo no; fi`)).trim() === "yes";
  const guests = async (node: string) => (await on(node, `${virsh} list --all --name`)).split("\n");

  it.each(["ham0", "ham1", "ham2"])("removes a guest of %s that is off, and its disk", async (node) => {
    const { name } = await define(node, `plain-${node}`);
    const run = await remove(name);
    expect([run.code, run.stdout]).toEqual([0, `${node}/${name}: deleted\n`]);
    expect(run.stderr).toContain(`remove  disk vda    ${images}/${name}.qcow2`);
    expect(await exists(node, `${images}/${name}.qcow2`)).toBe(false);
    expect(await guests(node)).not.toContain(name);
  });

  it("refuses a guest that runs, and with --force powers it off first", async () => {
    await define("ham2", "running", true);
    const refused = await remove("running");
    expect(refused).toMatchObject({ code: 6, stdout: "ham2/running: refused\n" });
    expect(refused.stderr).toContain("mclu delete --force ham2/running");
    expect(await remove("running", "--force")).toMatchObject({ code: 0 });
    expect(await exists("ham2", `${images}/running.qcow2`)).toBe(false);
  });

  it("removes saved memory and what libvirt knows of snapshots", async () => {
    const { uuid } = await define("ham0", "saved", true);
    await on("ham0", `${virsh} snapshot-create-as ${uuid} one && ${virsh} managedsave ${uuid}`);
    const [target] = await plan("saved");
    expect(target?.files?.map(({ what }) => what)).toEqual([
      "definition",
      "saved memory",
      "1 snapshot (what libvirt knows of)",
      "disk vda",
    ]);
    expect(await remove("saved")).toMatchObject({ code: 0 });
    expect(await on("ham0", "ls /var/lib/libvirt/qemu/save /var/lib/libvirt/qemu/snapshot")).not.toContain("saved");
  });

  it("keeps the files of external snapshots, and names them", async () => {
    const { uuid } = await define("ham0", "layered");
    const over = `${images}/layered.over`;
    await on("ham0", `${virsh} snapshot-create-as ${uuid} --disk-only --diskspec vda,file=${over} one`);
    expect(await fates("layered")).toEqual([
      [over, "remove", null],
      [`${images}/layered.qcow2`, "keep", "the guest does not name it; others may be based on it"],
    ]);
    expect(await remove("layered")).toMatchObject({ code: 0 });
    expect([await exists("ham0", over), await exists("ham0", `${images}/layered.qcow2`)]).toEqual([false, true]);
  });

  it("removes firmware variables, save those that another guest names", async () => {
    const loader = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>";
    const os = (nvram: string) =>
      `<os><type machine='q35'>hvm</type>${loader}<nvram>${nvram}</nvram></os><features><acpi/></features>`;
    const own = "/var/lib/libvirt/qemu/nvram/own.fd";
    const shared = "/var/lib/libvirt/qemu/nvram/shared.fd";
    await on("ham0", `mkdir -p /var/lib/libvirt/qemu/nvram && touch ${own} ${shared}`);
    for (const [name, nvram] of [
      ["efi", own],
      ["efi-a", shared],
      ["efi-b", shared],
    ] as const)
      await defineXml("ham0", name, "", os(nvram));
    expect(await fates("efi")).toEqual([[own, "remove", null]]);
    expect(await remove("efi")).toMatchObject({ code: 0 });
    expect(await exists("ham0", own)).toBe(false);
    expect(await fates("efi-a")).toEqual([[shared, "keep", "ham0/efi-b names it too"]]);
    expect(await remove("efi-a")).toMatchObject({ code: 0 });
    expect(await exists("ham0", shared)).toBe(true);
  });

  it("removes a transient guest with --force", async () => {
    await image("ham0", "transient.qcow2");
    const devices = disk(`${images}/transient.qcow2`, "vda");
    await on(
      "ham0",
      `cat >/tmp/t.xml <<'X'
<domain type='qemu'><name>transient</name><memory unit='MiB'>32</memory><os><type>hvm</type></os><devices>${devices}</devices></domain>
X
${virsh} create /tmp/t.xml`,
    );
    const run = await remove("transient", "--force");
    expect(run).toMatchObject({ code: 0, stdout: "ham0/transient: deleted\n" });
    expect(run.stderr).toContain("it is transient, defined nowhere");
    expect(await exists("ham0", `${images}/transient.qcow2`)).toBe(false);
  });

  it("keeps what is not the guest's own, each for its reason", async () => {
    await on(
      "ham0",
      `mkdir -p /var/tmp/elsewhere && cd ${images} && truncate -s 1M /var/tmp/elsewhere/raw.img /var/tmp/elsewhere/loop.img \
&& ln -sf /var/tmp/elsewhere/raw.img link.img && ln -sfn ${images} /var/lib/libvirt/alias`,
    );
    const loop = (await on("ham0", "losetup --find --show /var/tmp/elsewhere/loop.img")).trim();
    try {
      for (const name of ["ro", "shared", "named", "base", "mine"]) await image("ham0", `k-${name}.qcow2`);
      await image("ham0", "k-over.qcow2", "-b", `${images}/k-base.qcow2`, "-F qcow2");
      // by a path that only leads to the same file
      await defineXml("ham0", "neighbour", disk("/var/lib/libvirt/alias/k-named.qcow2", "vda"));
      await defineXml(
        "ham0",
        "keeper",
        [
          disk(`${images}/k-ro.qcow2`, "vda", "<readonly/>"),
          disk(`${images}/k-shared.qcow2`, "vdb", "<shareable/>", "raw"),
          disk(`${images}/k-named.qcow2`, "vdc"),
          disk(`${images}/k-base.qcow2`, "vdd"),
          disk(`${images}/link.img`, "vde", "", "raw"),
          disk("/var/tmp/elsewhere/raw.img", "vdf", "", "raw"),
          `<disk type='block' device='disk'><source dev='${loop}'/><target dev='vdg' bus='virtio'/></disk>`,
          `<disk type='file' device='cdrom'><source file='${images}/k-mine.qcow2'/><target dev='sda' bus='sata'/></disk>`,
          `<disk type='network' device='disk'><source protocol='nbd' name='x'><host name='127.0.0.1'/></source><target dev='vdh' bus='virtio'/></disk>`,
          disk(`${images}/never-was.qcow2`, "vdi"),
        ].join(""),
      );
      expect(await fates("keeper")).toEqual([
        [`${images}/k-ro.qcow2`, "keep", "it is read-only for this guest"],
        [`${images}/k-shared.qcow2`, "keep", "it is shareable: other guests may use it"],
        [`${images}/k-named.qcow2`, "keep", "ham0/neighbour names it too"],
        [`${images}/k-base.qcow2`, "keep", `${images}/k-over.qcow2 is backed by it`],
        [`${images}/link.img`, "keep", "it is a symbolic link"],
        ["/var/tmp/elsewhere/raw.img", "remove", null],
        [loop, "keep", "it is a block device outside a pool"],
        ["nbd:x", "keep", "it is a disk of type network"],
        [`${images}/never-was.qcow2`, "missing", "nothing is there, or nothing this login may see"],
        [`${images}/k-mine.qcow2`, "keep", "it is a cdrom"],
      ]);
      expect(await remove("keeper")).toMatchObject({ code: 0 });
      for (const name of ["ro", "shared", "named", "base", "mine"])
        expect(await exists("ham0", `${images}/k-${name}.qcow2`), name).toBe(true);
      expect(await exists("ham0", "/var/tmp/elsewhere/raw.img")).toBe(false);
    } finally {
      await on("ham0", `losetup -d ${loop}`);
    }
  });

  it("keeps a disk that a guest of another node names, and one of a volume by name", async () => {
    await image("ham0", "both.qcow2");
    await image("ham0", "volume.qcow2");
    const volume =
      "<disk type='volume' device='disk'><source pool='default' volume='volume.qcow2'/><target dev='vdb' bus='virtio'/></disk>";
    await defineXml("ham0", "here", disk(`${images}/both.qcow2`, "vda") + volume);
    await defineXml("ham1", "there", disk(`${images}/both.qcow2`, "vda") + volume);
    expect(await fates("ham0/here")).toEqual([
      [`${images}/both.qcow2`, "keep", "ham1/there names it too"],
      [`${images}/volume.qcow2`, "keep", "ham1/there names it too"],
    ]);
    await on("ham1", `${virsh} undefine there`);
    expect(await remove("ham0/here")).toMatchObject({ code: 0 });
    expect([await exists("ham0", `${images}/both.qcow2`), await exists("ham0", `${images}/volume.qcow2`)]).toEqual([
      false,
      false,
    ]);
  });

  it("says what remains when a file cannot be removed", async () => {
    await define("ham0", "stuck");
    await on("ham0", `chattr +i ${images}/stuck.qcow2 2>/dev/null || true`);
    try {
      const run = await remove("stuck");
      expect([run.code, run.stdout]).toEqual([1, "ham0/stuck: deleted, files remain\n"]);
      expect(run.stderr).toContain(`${images}/stuck.qcow2 remains: `);
      expect(await guests("ham0")).not.toContain("stuck");
    } finally {
      await on("ham0", `chattr -i ${images}/stuck.qcow2`);
    }
  });

  it("finds any name, and never another guest by it", async () => {
    for (const name of ["3", "a b", `it's "q"`, "-dash"]) await fleet.define("ham1", [name]);
    const run = await user.mclu(["delete", "--yes-all=4", "--", "3", "a b", `it's "q"`, "ham1/-dash"]);
    expect([run.code, run.stdout.split("\n").length]).toEqual([0, 5]);
    expect((await on("ham1", `ls ${images}`)).trim()).toBe("");
  });

  it("wants the node's name while a node fails, and goes on without one that is off", async () => {
    await define("ham0", "careful");
    await fleet.off("ham3");
    await fleet.fault("ham2", "libvirtd-stopped");
    try {
      const bare = await remove("careful");
      expect(bare).toMatchObject({ code: 6, stdout: "" });
      expect(bare.stderr).toContain("name the node as well: ham0/careful");
      expect(await guests("ham0")).toContain("careful");
      expect(await remove("ham0/careful")).toMatchObject({ code: 0 });
    } finally {
      await Promise.all([fleet.heal("ham2"), fleet.on("ham3")]);
    }
  });

  it("leaves no process behind", async () => {
    await expectNothingLeft(fleet.nodes);
  });
});
