import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open.ts";
import { parseXml } from "../../src/libvirt/xml.ts";
import { xmlLines } from "../../src/libvirt/xml-lines.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { parseAssignments } from "../../src/operations/set/assignments.ts";
import { planSet } from "../../src/operations/set/plan-set.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";
const images = "/var/lib/libvirt/images";
const password = "xyzsesam";

describe("set and edit on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.167.0", nodes: 2, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());

  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const xmlOf = (node: string, guest: string) => on(node, `${virsh} dumpxml --inactive --security-info ${guest}`);
  const linesOf = (xml: string) => xmlLines(parseXml(xml, "domain"), { canonical: true, secrets: "shown" });
  /** A guest that no program would write. */
  const exotic = async (node: string, name: string, vcpus = 1, more = "") => {
    const xml = `<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><name>${name}</name><title>t &amp; "u"</title>
<metadata><x:y xmlns:x='urn:x'><x:z a='1'>&lt; two  blanks</x:z><x:mixed>a <x:b/> c</x:mixed></x:y></metadata><memory unit='KiB'>65536</memory>
<vcpu current='${vcpus}'>2</vcpu><os><type arch='x86_64' machine='pc'>hvm</type><boot dev='hd'/><bootmenu enable='yes' timeout='3000'/></os>
<on_reboot>destroy</on_reboot><devices><disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>
<interface type='network'><source network='default'/><model type='virtio'/></interface>
<graphics type='vnc' autoport='yes' passwd='${password}'/><watchdog model='i6300esb'/>${more}</devices>
<qemu:commandline><qemu:env name='MCLU_X' value='1'/></qemu:commandline></domain>`;
    await on(
      node,
      `${virsh} destroy ${name} 2>/dev/null; ${virsh} undefine ${name} 2>/dev/null
cat >/tmp/${name}.xml <<'X'\n${xml}\nX\n${virsh} define /tmp/${name}.xml`,
    );
  };
  const withCluster = async <T>(use: (cluster: Awaited<ReturnType<typeof openCluster>>) => Promise<T>): Promise<T> => {
    const env = { HOME: user.home, PATH: process.env.PATH, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    const cluster = await openCluster({ file: join(user.home, "mclu.conf"), env });
    try {
      return await use(cluster);
    } finally {
      await cluster.close();
    }
  };
  /** Edits with a shell command instead of an editor. */
  const edit = (guest: string, editor: string, ...flags: string[]) =>
    user.mclu(["edit", ...flags, guest], { env: { EDITOR: editor, TMPDIR: user.home } });

  it.each(["ham0", "ham1"])("changes the boot order of a hand-made guest of %s and nothing else", async (node) => {
    const name = `boot-${node}`;
    await exotic(node, name);
    const before = linesOf(await xmlOf(node, name));
    const shown = await user.mclu(["set", "--dry-run", "--show-commands", name, "boot=cdrom"]);
    expect(shown.stdout).toMatch(/^ {4}\+ {4}<boot dev="cdrom"\/>$/m);
    const json = await user.mclu(["set", "--dry-run", "-o", "json", name, "boot=cdrom"]);
    expect(linesOf(await xmlOf(node, name))).toEqual(before);
    const run = await user.mclu(["set", name, "boot=cdrom"]);
    expect(run).toMatchObject({ code: 0, stdout: `${node}/${name}: set boot=cdrom\n`, stderr: "" });
    const after = linesOf(await xmlOf(node, name));
    const place = before.indexOf('    <boot dev="hd"/>');
    expect(after).toEqual(before.toSpliced(place, 0, '    <boot dev="cdrom"/>'));
    const journal = await user.mclu(["history", "-o", "json"]);
    for (const { stdout, stderr } of [shown, json, run, journal]) expect(stdout + stderr).not.toContain(password);
  });

  it("changes a guest that runs where libvirt can, and says what comes with the next start", async () => {
    await exotic("ham0", "live", 1);
    await user.mclu(["start", "live"]);
    const now = await user.mclu(["set", "live", "vcpus=2", "memory=48M", "description=a 'b' <c>"]);
    expect(now).toMatchObject({ code: 0, stderr: "" });
    expect(await on("ham0", `${virsh} vcpucount live --live --current; ${virsh} desc live`)).toMatch(
      /^2\na 'b' <c>\s*$/,
    );
    await on("ham0", `truncate -s 1M ${images}/one.iso ${images}/two.iso`);
    const medium = async () => /<source file='([^']*\.iso)'/.exec(await on("ham0", `${virsh} dumpxml live`))?.[1];
    for (const name of ["one", "two"]) {
      const run = await user.mclu(["iso", "attach", "live", `${images}/${name}.iso`]);
      expect(run).toMatchObject({ code: 0, stderr: "" });
      expect(await medium()).toBe(`${images}/${name}.iso`);
      expect(await on("ham0", `${virsh} qemu-monitor-command live --hmp info block`)).toContain(`${name}.iso`);
    }
    expect(await user.mclu(["iso", "eject", "live"])).toMatchObject({ code: 0, stderr: "" });
    expect(await medium()).toBeUndefined();
    const later = await user.mclu(["set", "live", "vcpus=4", "memory=96M", "boot=network"]);
    expect(later.code).toBe(0);
    expect(later.stderr).toContain("vcpus=4 takes effect at the next start: it runs with at most 2");
    expect(later.stderr).toContain("memory=96M takes effect at the next start: it runs with at most 64M");
    expect(later.stderr).toContain("boot=network takes effect at the next start");
    expect(await on("ham0", `${virsh} vcpucount live --config --maximum`)).toMatch(/^4\s*$/);
    await user.mclu(["destroy", "live"]);
    expect(await user.mclu(["vm", "set-vcpus", "--name=live", "--vcpus=1"])).toMatchObject({ code: 0 });
    expect(await user.mclu(["vm", "set-memory", "--name=live", "--size=64M"])).toMatchObject({ code: 0 });
    expect(await user.mclu(["vm", "set-boot-device", "--name=live", "--dev=cdrom"])).toMatchObject({ code: 0 });
    expect(await xmlOf("ham0", "live")).toMatch(/<vcpu[^>]*>1<[\s\S]*<boot dev='cdrom'\/>/);
  });

  it("lets one of two administrators win who edit at once, and shows the other what happened", async () => {
    await exotic("ham1", "both");
    const [first, second] = await withCluster(async (cluster) => {
      const plans = [
        await planSet(cluster, { guests: ["both"] }, parseAssignments(["boot=cdrom"])),
        await planSet(cluster, { guests: ["both"] }, parseAssignments(["boot=network"])),
      ];
      const reports = await Promise.all(plans.map((plan) => applyPlan(cluster, plan)));
      return reports.flatMap(({ results }) => results).sort((a, b) => a.outcome.localeCompare(b.outcome));
    });
    expect([first?.outcome, second?.outcome]).toEqual(["done", "refused"]);
    expect(second?.detail).toMatch(
      /somebody else has changed its definition meanwhile; nothing was done:\n[\s\S]*\+ +<boot/,
    );
    expect(second?.detail).not.toContain(password);
    expect((await xmlOf("ham1", "both")).match(/<boot dev/g)).toHaveLength(2);
  });

  it("edits a guest, checked by libvirt", async () => {
    await exotic("ham1", "edited");
    const before = linesOf(await xmlOf("ham1", "edited"));
    expect(await edit("edited", "true")).toMatchObject({ code: 0, stdout: "ham1/edited: not changed\n", stderr: "" });
    const run = await edit("edited", "sed -i s/reset/poweroff/");
    expect(run).toMatchObject({ code: 0, stdout: "ham1/edited: edited\n" });
    const after = linesOf(await xmlOf("ham1", "edited"));
    expect(after.filter((line) => !before.includes(line))).toEqual([
      expect.stringContaining('<watchdog action="poweroff"'),
    ]);
    const dry = await edit("edited", "sed -i s/xyzsesam/plugh/", "--dry-run");
    expect(dry.stdout).toContain("(a password or a cookie)");
    expect(linesOf(await xmlOf("ham1", "edited"))).toEqual(after);
  });

  it.each([
    ["what is no XML", "sed -i 's,/memory,/memo,'", 6, "well-formed"],
    ["another UUID", "sed -i 's,<uuid>0,<uuid>1,;t;s,<uuid>.,<uuid>0,'", 6, "that would be another guest"],
    ["what libvirt does not know", "sed -i 's,<on_crash,<foo/><on_crash,'", 1, "failed to validate"],
  ])("refuses %s and keeps it in a file of the user's", async (_what, editor, code, why) => {
    await exotic("ham0", "kept");
    const before = await xmlOf("ham0", "kept");
    const run = await edit("kept", editor);
    expect([run.code, run.stderr]).toEqual([code, expect.stringContaining(why)]);
    const path = /what you wrote is in (\S+)/.exec(run.stderr)?.[1] ?? "";
    expect([statSync(path).mode & 0o777, statSync(join(path, "..")).mode & 0o777]).toEqual([0o600, 0o700]);
    expect(readFileSync(path, "utf8")).toContain(password);
    expect(await xmlOf("ham0", "kept")).toBe(before);
  });

  it("does not write over what somebody else changed while the editor was open", async () => {
    await exotic("ham0", "raced");
    const other = join(user.home, "other.sh");
    const enter = `ssh -F ${user.sshConfig} ham0 ${virsh} desc raced --config --new-desc theirs`;
    writeFileSync(other, `${enter} >/dev/null && sed -i s/reset/poweroff/ "$1"\n`);
    const run = await edit("raced", `sh ${other}`);
    expect([run.code, run.stdout]).toEqual([6, "ham0/raced: not edited\n"]);
    expect(run.stderr).toContain("+  <description>theirs</description>");
    expect(run.stderr).toContain("what you wrote is in ");
    expect(await xmlOf("ham0", "raced")).toMatch(/theirs[\s\S]*reset/);
    await expectNothingLeft(fleet.nodes);
  });
});
