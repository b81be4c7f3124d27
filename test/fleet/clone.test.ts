import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";

const images = "/var/lib/libvirt/images";
const nvram = "/var/lib/libvirt/qemu/nvram";

/** Files of the pool and of firmware variables, reservations, and guests. */
const traces = `ls -A ${images} ${nvram} 2>/dev/null; ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :
virsh -q list --all --name | sed '/^$/d' | sort; pgrep -fa '[v]irt-sysprep|[g]uestfs' || :`;

interface CloneRow {
  readonly name: string;
  readonly node: string;
  readonly outcome: string;
  readonly address: string | null;
  readonly detail: string | null;
}

describe("clone", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 500_000, ...options });
  /** A copy without the run of libguestfs, which takes most of a clone's time and is tested once. */
  const cloneAsIs = (...argv: string[]) => mclu(["clone", ...argv, "--as-is", "--no-start"]);
  const rowsOf = (stdout: string) => (parseDocument(stdout) as unknown as { results: CloneRow[] }).results;
  const remove = (...names: string[]) =>
    mclu(["delete", `--yes-all=${names.length}`, ...names.map((name) => `ham0/${name}`)]);
  const left = (where = node) => where.enter(traces);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.162.0", nodes: 2, kinds: { ham1: "dynamic" } });
    user = await fleetUser(fleet);
    node = fleet.node("ham0");
    await fleet.define("ham0", ["plain"]);
    await fleet.define("ham1", ["tiny-original"]);
    await node.enter(`cd ${images}
qemu-img create -q -f raw data.img 4M; printf 'second disk' | dd of=data.img conv=notrunc status=none
printf iso >/root/tools.iso; mkdir -p ${nvram}; printf variables >${nvram}/full_VARS.fd
cat >/root/full.xml <<X
<domain type='qemu'><name>full</name><memory unit='MiB'>64</memory>
<os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>${nvram}/full_VARS.fd</nvram></os><features><acpi/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${images}/full.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${images}/data.img'/><target dev='vdb' bus='virtio'/></disk>
<disk type='file' device='cdrom'><driver name='qemu' type='raw'/><source file='/root/tools.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
</devices></domain>
X
qemu-img create -q -f qcow2 full.qcow2 8M; virsh -q define /root/full.xml`);
  }, 120_000);
  afterAll(() => fleet?.down());

  it("copies both disks and the firmware variables, shares the ISO, and is deleted without a trace", async () => {
    const before = await left();
    const run = await cloneAsIs("full", "copy1");
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(run.stderr).toContain("sda is shared with the source: /root/tools.iso");
    expect(await node.enter("virsh domblklist copy1 | awk 'NR > 2 && NF { print $1, $2 }'")).toBe(
      `vda ${images}/copy1.qcow2\nvdb ${images}/copy1-vdb.img\nsda /root/tools.iso\n`,
    );
    expect(await node.enter(`cmp ${images}/data.img ${images}/copy1-vdb.img && cat ${nvram}/copy1_VARS.fd`)).toBe(
      "variables",
    );
    expect(await remove("copy1")).toMatchObject({ code: 0 });
    expect(await left()).toBe(before);
  });

  it("shows with --dry-run and --show-commands what it would do, and does none of it", async () => {
    const before = await left();
    const run = await mclu(["clone", "full", "web9", "--linked", "--dry-run", "--show-commands", "-o", "json"]);
    expect(parseDocument(run.stdout)).toMatchObject({
      kind: "clone-plan",
      targets: [
        { node: "ham0", nvram: { path: `${nvram}/web9_VARS.fd` }, disks: [{ target: "vda" }, { target: "vdb" }] },
      ],
    });
    expect(run.stderr).toContain(
      `qemu-img create -q -f qcow2 -F raw -b ${images}/data.img ${images}/.web9-vdb.mclu-ID.part`,
    );
    expect(run.stderr).toContain(
      "--operations machine-id,ssh-hostkeys,net-hostname,net-hwaddr,udev-persistent-net,dhcp-client-state,customize",
    );
    expect(await left()).toBe(before);
  });

  it.each([
    ["mclu's", ["clone", "plain", "copy2", "--node", "ham0", "--no-start", "--format", "vmdk"]],
    ["Maglica's", "vm clone --image=plain --hostname=copy2 --on ham0 --start no --format vmdk".split(" ")],
  ])("writes the format that is asked for, by %s spelling", async (_whose, argv) => {
    const run = await mclu([...argv, "--as-is"]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(await node.enter(`qemu-img info ${images}/copy2.vmdk | grep 'file format'`)).toBe("file format: vmdk\n");
    expect(await node.enter("virsh dumpxml copy2 | grep '<driver'")).toMatch(
      /^\s*<driver name='qemu' type='vmdk'[^\n]*\n$/,
    );
    expect(await node.enter("virsh domstate copy2")).toContain("shut off");
    expect(await remove("copy2")).toMatchObject({ code: 0 });
  });

  it("links clones to their base, which then can be neither started nor deleted", async () => {
    expect(await cloneAsIs("plain", "link1", "link2", "--linked")).toMatchObject({ code: 0 });
    for (const argv of [
      ["start", "plain"],
      ["delete", "-y", "ham0/plain"],
      ["autostart", "plain"],
      ["set", "plain", "autostart=yes"],
    ]) {
      const run = await mclu(argv);
      expect(run.code).toBe(6);
      expect(run.stderr).toContain("others are based on its disks, which must not change: ham0/link1, ham0/link2");
    }
    // the mark says that the images are to be read, and those what is refused; nothing is lost without it
    const mark = (what: string) => node.enter(`virsh -q metadata plain --uri urn:mclu:base:1 ${what} --config`);
    await mark("--remove");
    expect((await mclu(["delete", "--dry-run", "ham0/plain"])).stdout).toContain("link1.qcow2");
    await mark("--key mclu-base --set '<base/>'");
    expect(await remove("link1", "link2")).toMatchObject({ code: 0 });
    expect((await mclu(["start", "plain", "--dry-run"])).code).toBe(0);
    expect(await mclu(["autostart", "plain"])).toMatchObject({ code: 0 });
    const begins = await cloneAsIs("plain", "link3", "--linked");
    expect([begins.code, begins.stderr]).toEqual([6, expect.stringContaining("mclu autostart --off ham0/plain")]);
    expect(await mclu(["autostart", "--off", "plain"])).toMatchObject({ code: 0 });
  });

  it.each([
    ["a guest that runs", "virsh -q start plain", "virsh -q destroy plain", "plain", "ham0/plain is running"],
    [
      "a missing disk",
      `mv ${images}/data.img /root/`,
      `mv /root/data.img ${images}/`,
      "full",
      "the disk vdb of ham0/full is missing",
    ],
    [
      "a saved guest",
      "virsh -q start plain; virsh -q managedsave plain",
      "virsh -q managedsave-remove plain",
      "plain",
      "was saved",
    ],
    [
      "firmware variables that the network has",
      `virsh -q define /dev/stdin <<X
<domain type='qemu'><name>netvars</name><memory unit='MiB'>32</memory><os><type arch='x86_64' machine='q35'>hvm</type>
<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram type='network'><source protocol='iscsi' name='iqn.2020-01.x:y/1'><host name='10.9.9.9'/></source></nvram></os>
<features><acpi/></features></domain>
X`,
      "virsh -q undefine netvars",
      "netvars",
      "the UEFI variables of ham0/netvars are no file of ham0 but iscsi:iqn.2020-01.x:y/1",
    ],
    [
      "a file of its name",
      `touch ${images}/copy3.qcow2`,
      `rm ${images}/copy3.qcow2`,
      "plain",
      "is there already on ham0",
    ],
  ])("refuses %s, and changes nothing", async (_what, breaks, mends, image, message) => {
    await node.enter(breaks);
    const before = await left();
    const run = await cloneAsIs(image, "copy3");
    expect([run.code, run.stdout]).toEqual([6, ""]);
    expect(run.stderr).toContain(message);
    expect(await left()).toBe(before);
    await node.enter(mends);
  });

  it.each([
    [4, ["nosuch", "copy4"], "no guest is named nosuch"],
    [2, ["plain", "a b"], "not a name for a guest"],
    [2, ["plain", "copy4", "--linked", "--format", "raw"], "a linked clone is qcow2"],
    [6, ["plain", "ham1/copy4"], "ham0/plain is not an image"],
    [6, ["plain", "tiny-original"], "there is a guest ham1/tiny-original already"],
  ] as [number, string[], string][])("exits %i for %j", async (code, argv, message) => {
    const run = await cloneAsIs(...argv);
    expect([run.code, run.stdout]).toEqual([code, ""]);
    expect(run.stderr).toContain(message);
  });

  it.each([
    ["copy", "qemu-img", "convert", "No space left on device"],
    ["identity", "virt-sysprep", "--run", "less than 4096 KiB free"],
  ])(
    "leaves nothing when the disk runs full at the stage %s",
    { timeout: 120_000 },
    async (_stage, program, word, message) => {
      const real = `/usr/bin/${program}`;
      // the program, in this node alone, with a pool that is full by the time it begins; libguestfs then hangs
      await node.enter(`cat >/root/full-${program} <<'X'
#!/bin/sh
case " $* " in *" ${word} "*) dd if=/dev/zero of=${images}/fill bs=1M status=none 2>/dev/null;; esac
case $0 in *virt-sysprep) exec sleep 600 ;; esac
exec /root/real-${program} "$@"
X
chmod 755 /root/full-${program}; cp ${real} /root/real-${program}
mkdir -p /root/pool; cp -a ${images}/. /root/pool; mount -t tmpfs -o size=120M tmpfs ${images}; cp -a /root/pool/. ${images}
virsh -q pool-refresh default; mount --bind /root/full-${program} ${real}`);
      const before = await left();
      const run = await mclu(["clone", "plain", "copy5", "--no-start"]);
      await node.enter(`umount ${real}; rm -f ${images}/fill; sleep 0.1`);
      const after = await left();
      await node.enter(`umount ${images}; rm -rf /root/pool; virsh -q pool-refresh default`);
      expect([run.code, after]).toEqual([1, before]);
      expect(run.stderr).toContain(message);
    },
  );

  it("leaves nothing when Ctrl-C comes while it gets its identity", { timeout: 240_000 }, async () => {
    const before = await left();
    const begun = node.enter("timeout 200 sh -c 'until pgrep -f \"qemu.*[g]uestfs\" >/dev/null; do sleep 0.1; done'");
    const run = await mclu(["clone", "plain", "copy6"], { signal: { name: "SIGINT", when: begun } });
    expect(run.code).toBe(130);
    expect(run.stdout).toMatch(/^copy6 +ham0 +cancelled/m);
    expect(await left()).toBe(before);
  });

  it("starts linked clones where qemu is not root, with names and addresses of their own", {
    timeout: 520_000,
  }, async () => {
    const wait = ["--wait", "ip", "--wait-timeout", "200", "-o", "json"];
    const run = await mclu(["clone", "tiny-original", "web1", "web2", "--linked", ...wait]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    const rows = rowsOf(run.stdout);
    const address = expect.stringMatching(/^192\.168\./);
    expect(rows).toMatchObject(["web1", "web2"].map((name) => ({ name, node: "ham1", outcome: "cloned", address })));
    expect(new Set(rows.map((row) => row.address)).size).toBe(2);
    const macs = await fleet
      .node("ham1")
      .enter("for one in tiny-original web1 web2; do virsh -q domiflist $one | awk '{ print $5 }'; done");
    expect(macs).toMatch(/^(52:54:00:.{8})\n(?!\1)(52:54:00:.{8})\n(?!\1|\2)52:54:00:.{8}\n$/);
    const info = await mclu(["info", "ham1/web1", "-o", "json"]);
    expect(info.stdout).toContain('"image": "tiny-original"');
  });
});
