import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";
const directory = `/var/lib/libvirt/images/it's a "place"`;
const xmlDirectory = directory.replaceAll("'", "&apos;").replaceAll('"', "&quot;");

/** Guests that somebody wrote by hand: a name, what stands outside and inside of <devices>, and what libvirt must keep of it. */
const guests: Readonly<Record<string, { readonly more?: string; readonly devices?: string; readonly keeps: string }>> =
  {
    "x command line": {
      more: `<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-msg'/><qemu:arg value='timestamp=on'/><qemu:env name='A' value='$(touch /tmp/x) "q"'/></qemu:commandline>`,
      keeps: "timestamp=on",
    },
    "x many devices": {
      devices: `<serial type='pty'/><serial type='pty'/><serial type='null'/><console type='pty'><target type='serial'/></console>
<controller type='virtio-serial'/><console type='pty'><target type='virtio' port='1'/></console>
${["org.qemu.guest_agent.0", "org.example.0", "a b"].map((name) => `<channel type='unix'><target type='virtio' name='${name}'/></channel>`).join("")}
<channel type='spicevmc'><target type='virtio' name='com.redhat.spice.0'/></channel><graphics type='spice' autoport='yes'/>
<video><model type='none'/></video><input type='tablet' bus='usb'/>`,
      keeps: "com.redhat.spice.0",
    },
    "x empty drives": {
      devices: `<disk type='file' device='cdrom'><target dev='sda' bus='sata'/><readonly/></disk>
<disk type='block' device='cdrom'><target dev='sdb' bus='sata'/><readonly/></disk>
<disk type='file' device='floppy'><target dev='fda' bus='fdc'/></disk>`,
      keeps: "device='floppy'",
    },
    "x metadata": {
      more: `<title>a &lt;title&gt;</title><description><![CDATA[<name>other</name> & ]]></description><!-- <name>commented</name> -->
<metadata><n:note xmlns:n='urn:note'><!-- kept? --><![CDATA[<name>]]>${"0123456789".repeat(10_000)}</n:note></metadata>`,
      keeps: "urn:note",
    },
    [`x "path's"`]: {
      devices: `<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${xmlDirectory}/a &amp; $(b).qcow2'/><target dev='vda' bus='virtio'/></disk>`,
      keeps: "a &amp; $(b).qcow2",
    },
  };
const names = Object.keys(guests);
const broken = {
  "x no card": `<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0xfe' slot='0x1f' function='7'/></source></hostdev>`,
  "x no file": `<disk type='file' device='disk'><source file='/nowhere/at all.img'/><target dev='vda' bus='virtio'/></disk>`,
};

describe("guests that were made by hand", { timeout: 300_000 }, () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (script: string) => fleet.node("ham0").enter(script);
  const define = (name: string, more: string, devices: string) =>
    on(`${virsh} define --validate /dev/stdin <<'X'
<domain type='qemu'><name>${name.replaceAll('"', "&quot;")}</name><memory unit='KiB'>32768</memory>
<os><type machine='q35'>hvm</type></os><on_reboot>restart</on_reboot>${more}<devices>${devices}</devices></domain>
X`);
  /** Expects the same outcome of a verb for each of them. */
  const expectAll = async (argv: readonly string[], what: string, of: readonly string[] = names) => {
    const run = await user.mclu([...argv, "--", ...of]);
    expect([run.code, run.stderr]).toEqual([0, expect.not.stringContaining("error")]);
    expect(run.stdout.split("\n").sort()).toEqual(["", ...of.map((name) => `ham0/${name}: ${what}`)].sort());
  };

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.151.0", nodes: 1, kinds: { ham0: "sudo" } });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());
  beforeEach(async () => {
    await on(`for guest in $(${virsh} list --all --uuid); do ${virsh} destroy $guest; ${virsh} undefine $guest; done 2>/dev/null
mkdir -p '${directory.replaceAll("'", "'\\''")}' && cd '${directory.replaceAll("'", "'\\''")}' && qemu-img create -q -f qcow2 'a & $(b).qcow2' 1M`);
    for (const [name, { more = "", devices = "" }] of Object.entries(guests)) await define(name, more, devices);
    for (const [name, devices] of Object.entries(broken)) await define(name, "", devices);
  });

  it("are started, paused, reset, rebooted and ended", async () => {
    await expectAll(["start"], "started");
    await expectAll(["start"], "already running");
    await expectAll(["pause"], "paused");
    await expectAll(["resume"], "resumed");
    await expectAll(["reset"], "reset");
    await expectAll(["reboot"], "asked to reboot");
    await expectAll(["stop", "--force", "--timeout", "1"], "powered off");
    await expectAll(["start"], "started");
    await expectAll(["destroy"], "powered off");
  });

  it("are marked, shown and waited for, and keep what mclu does not know of", async () => {
    await expectAll(["autostart"], "starts with its node");
    await expectAll(["autostart", "--off"], "does not start with its node");
    await expectAll(["protect"], "protected");
    const refused = await user.mclu(["delete", "-y", "--", ...names]);
    expect([refused.code, refused.stdout.match(/: refused$/gm)?.length]).toEqual([6, names.length]);
    await expectAll(["unprotect"], "no longer protected");
    const info = await user.mclu(["info", "-o", "json", "--", ...names]);
    const shown = parseDocument<{ guests: readonly { name: string; problem: string | null }[] }>(info.stdout).guests;
    expect(shown.map(({ name }) => name).sort()).toEqual([...names].sort());
    expect(shown.filter(({ problem }) => problem !== null)).toEqual([]);
    for (const [name, { keeps }] of Object.entries(guests))
      expect((await user.mclu(["xml", "--", name])).stdout).toContain(keeps);
    expect((await user.mclu(["wait", "--for", "shut off", "--", "x metadata"])).code).toBe(0);
  });

  it("cannot start without a card or a file, which says so of these alone", async () => {
    const all = [...Object.keys(broken), "x metadata"];
    const run = await user.mclu(["start", "--", ...all]);
    expect([run.code, run.stdout]).toEqual([3, expect.stringContaining("ham0/x metadata: started\n")]);
    for (const name of Object.keys(broken)) expect(run.stderr).toMatch(new RegExp(`^error: ham0/${name}: .`, "m"));
    expect(run.stderr).toContain("1 started, 2 not started: ham0/x no card ham0/x no file\n");
    expect((await user.mclu(["destroy", "x metadata"])).code).toBe(0);
  });

  it("are not started with a pipe for a disk, which would keep libvirt from answering anybody", async () => {
    const pipe = "/var/lib/libvirt/images/pipe";
    await on(`mkfifo ${pipe}`);
    for (const [name, format] of [
      ["x raw pipe", "raw"],
      ["x qcow2 pipe", "qcow2"],
    ])
      await define(
        name ?? "",
        "",
        `<disk type='file' device='disk'><driver type='${format}'/><source file='${pipe}'/><target dev='vda' bus='virtio'/></disk>`,
      );
    const refused = await user.mclu(["start", "--", "x raw pipe", "x qcow2 pipe"]);
    expect([refused.code, refused.stderr]).toEqual([
      6,
      expect.stringContaining(`${pipe}, which it has for vda, is a pipe`),
    ]);
    // what it says to do is enough, and nothing else minds the pipe
    expect(await user.mclu(["disk", "remove", "x raw pipe", "vda"])).toMatchObject({ code: 0 });
    await expectAll(["start"], "started", ["x raw pipe"]);
    for (const argv of [
      ["list"],
      ["info", "x qcow2 pipe"],
      ["image", "list", "--all"],
      ["rename", "x qcow2 pipe", "x p"],
    ])
      expect(await user.mclu(argv)).toMatchObject({ code: 0 });
    expect(await user.mclu(["delete", "--force", "--yes-all=2", "--", "x raw pipe", "x p"])).toMatchObject({ code: 0 });
    await on(`rm -f ${pipe}`);
  });

  it("are renamed, and deleted with exactly their disks", async () => {
    for (const name of names) {
      const renamed = await user.mclu(["rename", "--", name, `-${name}`]);
      expect([renamed.code, renamed.stdout]).toEqual([0, `ham0/${name}: renamed to -${name}\n`]);
    }
    const all = [...names.map((name) => `-${name}`), ...Object.keys(broken)];
    const run = await user.mclu(["delete", `--yes-all=${all.length}`, "--", ...all]);
    expect([run.code, run.stdout.match(/: deleted$/gm)?.length]).toEqual([0, all.length]);
    expect(run.stderr).toContain(`remove  disk vda    ${directory}/a & $(b).qcow2`);
    expect(await on(`find /var/lib/libvirt/images -type f; ${virsh} list --all --name; ls /tmp`)).toBe("");
    await expectNothingLeft(fleet.nodes);
  });
});
