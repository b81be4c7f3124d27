import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { fill, makeRoom, small } from "./full-disk.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const images = "/var/lib/libvirt/images";
const nvram = "/var/lib/libvirt/qemu/nvram";
const definitions = "/etc/libvirt/qemu";

/** What a clone that came to nothing may leave: none of it, the mark of its base neither. */
const traces = `virsh -q list --all --name | sed '/^$/d'; ls -A ${images} ${nvram} | grep -v '^[.]fill' || :
ls ${definitions}; ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :
virsh dumpxml --inactive full | grep urn:mclu:base || :`;

describe("a clone of a guest with UEFI, and with no room", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  const mclu = (...argv: string[]) => user.mclu(argv, { limit: 120_000 });
  const clone = (image: string, ...more: string[]) =>
    mclu("clone", image, "web1", "--as-is", "--wait-timeout", "1", ...more);
  const left = () => node.enter(traces);
  /** Has a disk run full as soon as a program is called with a word; it then does its work. */
  const fillAt = (program: string, word: string, path: string) =>
    wrapPrograms(node, {
      [program]: `case " $* " in *" ${word} "*) ${fill(path)} ;; esac\nexec $(PATH=/usr/bin command -v ${program}) "$@"`,
    });
  const forget = () =>
    node.enter(
      `${makeRoom}; virsh -q destroy web1 2>/dev/null; virsh -q undefine --nvram web1 2>/dev/null; rm -f ${images}/web1*`,
    );

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.125.0", nodes: 1 });
    user = await fleetUser(fleet);
    node = fleet.node("ham0");
    // one has variables, the other gets them when it first starts
    await node.enter(`mkdir -p ${nvram}; cp /usr/share/OVMF/OVMF_VARS_4M.fd ${nvram}/full_VARS.fd
for name in full bare; do
qemu-img create -q -f qcow2 ${images}/$name.qcow2 8M
cat >/root/$name.xml <<X
<domain type='qemu'><name>$name</name><memory unit='MiB'>128</memory>
<os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>
<nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>${nvram}/\${name}_VARS.fd</nvram></os><features><acpi/></features>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${images}/$name.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>
X
virsh -q define /root/$name.xml
done`);
  }, 120_000);
  afterAll(() => fleet?.down());

  it("starts with firmware variables of its own", async () => {
    const sum = () => node.enter(`sha256sum ${nvram}/full_VARS.fd`);
    const before = await sum();
    const run = await clone("full");
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(await node.enter("virsh -q domstate web1")).toMatch(/^running\n/);
    const words = await node.enter("tr '\\0' '\\n' </proc/$(pgrep -f '[g]uest=web1,')/cmdline");
    expect(words.match(/[^"=]*_VARS\.fd/g)).toEqual([`${nvram}/web1_VARS.fd`]);
    expect(await sum()).toBe(before);
    expect(await mclu("delete", "--force", "-y", "web1")).toMatchObject({ code: 0 });
    expect(await node.enter(`ls ${nvram}`)).toBe("full_VARS.fd\n");
  });

  it.each([
    ["links its disk", ["--linked"], ["qemu-img", "create", images, 8 * 1024], "No space left on device"],
    ["marks its base", ["--linked"], ["virsh", "metadata", definitions, 64], "No space left on device"],
    ["copies firmware variables", [], ["cp", "--", nvram, 2 * 1024], "No space left on device"],
    ["defines it", ["--linked"], ["virsh", "define", definitions, 64], "No space left on device"],
  ] as const)(
    "leaves nothing where the disk is full when it %s",
    async (_what, flags, [program, word, path, size], why) => {
      await forget();
      const before = await left();
      await node.enter(small(path, size));
      await fillAt(program, word, path);
      const run = await clone("full", "--no-start", ...flags);
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(why)]);
      expect(await left()).toBe(before);
      await unwrapPrograms(node);
      await node.enter(makeRoom);
      expect(await left()).toBe(before);
      expect(await clone("full", "--no-start", ...flags)).toMatchObject({ code: 0 });
      expect(await mclu("delete", "-y", "web1")).toMatchObject({ code: 0 });
      await node.enter("virsh -q metadata full --uri urn:mclu:base:1 --remove --config || :");
      expect(await left()).toBe(before);
    },
  );

  it("leaves nothing of either disk where the second finds no place in its directory", async () => {
    await unwrapPrograms(node);
    await forget();
    // what an earlier try left is taken away first
    await node.enter(`virsh -q detach-disk full vdb --config 2>/dev/null; qemu-img create -q -f qcow2 ${images}/full-b.qcow2 8M
virsh -q attach-disk full ${images}/full-b.qcow2 vdb --subdriver qcow2 --config`);
    const before = await left();
    await node.enter(small(images, 40 * 1024, ",nr_inodes=40"));
    await wrapPrograms(node, {
      ln: `case $* in *web1-vdb*) at=0; while touch ${images}/.fill-$at 2>/dev/null; do at=$((at + 1)); done ;; esac\nexec /usr/bin/ln "$@"`,
    });
    const run = await clone("full", "--no-start");
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining("No space left on device")]);
    expect(await node.enter(`ls -A ${images} | grep -c '^[.]fill-'`)).not.toBe("0\n");
    expect(await left()).toBe(before);
    await unwrapPrograms(node);
    await node.enter(makeRoom);
    expect(await clone("full", "--no-start")).toMatchObject({ code: 0 });
    expect(await node.enter(`ls ${images}`)).toContain("\nweb1-vdb.qcow2\nweb1.qcow2\n");
    expect(await mclu("delete", "-y", "web1")).toMatchObject({ code: 0 });
    await node.enter(`virsh -q detach-disk full vdb --config; rm ${images}/full-b.qcow2`);
  });

  it("keeps a clone that is whole, and cannot be started since its firmware variables find no room", async () => {
    await forget();
    await node.enter(small(nvram, 2 * 1024));
    await fillAt("virsh", "start", nvram);
    const run = await clone("bare");
    expect([run.code, run.stdout]).toEqual([1, expect.stringMatching(/^web1 +ham0 +cloned/m)]);
    expect(run.stderr).toMatch(
      /it was made and defined, and could not be started: \S.*\n {2}try: mclu start ham0\/web1\n/,
    );
    await unwrapPrograms(node);
    await node.enter(makeRoom);
    expect(await mclu("start", "web1")).toMatchObject({ code: 0 });
    expect(await node.enter(`ls ${nvram}`)).toBe("full_VARS.fd\nweb1_VARS.fd\n");
    expect(await mclu("delete", "--force", "-y", "web1")).toMatchObject({ code: 0 });
  });
});
