import { expect } from "vitest";
import type { BuiltResult } from "../support/run-built.ts";
import type { Bench, Survived } from "./bench.ts";
import { matrix } from "./matrix.ts";
import { break_, changePrograms, wrap } from "./on-node.ts";

const { survives } = matrix("Guests", { net: "10.111.0", nodes: 1 });

const uuid = "00000000-0000-4000-8000-000000000001";
const virsh = "virsh -q -c qemu:///system";

/** Defines ham0/web for the case; `inside` goes into its XML, `devices` among its devices. */
function define(bench: Bench, { name = "web", inside = "", devices = "" } = {}): Promise<void> {
  const xml = `<domain type="qemu"><name>${name}</name><uuid>${uuid}</uuid><memory unit="MiB">64</memory>
<os><type>hvm</type></os>${inside}<devices>${devices}</devices></domain>`;
  return break_(
    bench,
    "ham0",
    `cat >/run/fleet/guest.xml <<'XML'\n${xml}\nXML\n${virsh} define /run/fleet/guest.xml >/dev/null`,
    `${virsh} destroy ${uuid} 2>/dev/null; ${virsh} undefine ${uuid} 2>/dev/null || true`,
  );
}

/** No control character but newlines came to the screen. */
function expectClean({ stdout, stderr }: BuiltResult): void {
  expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]/u);
}

async function run(bench: Bench, ...argv: string[]): Promise<Survived> {
  const result = await bench.mclu(argv);
  expectClean(result);
  return { argv, result };
}

/** A virsh that does something else before, or in place of, one of its commands. */
const before = (command: string, work: string) =>
  `case $* in *"${command}"*) ${work} ;; esac\nexec /usr/bin/virsh "$@"`;

for (const [command, expected] of [
  ["xml", "error: libvirt on ham0 gave no XML for web: it went away meanwhile\n  mclu list ham0\n"],
  ["info", ""],
] as const)
  survives(`vanishes between two questions of ${command}`, {}, async (bench) => {
    await define(bench);
    await wrap(bench, "ham0", "virsh", before("dumpxml", `/usr/bin/virsh -q undefine ${uuid} >/dev/null 2>&1`));
    const survived = await run(bench, command, "ham0/web");
    expect(survived.result.stderr).toBe(expected);
    return survived;
  });

for (const verb of ["revert", "delete"])
  survives(`another snapshot has the name by the time of snapshot ${verb}`, {}, async (bench) => {
    const image = "/var/lib/libvirt/images/web.qcow2";
    await break_(bench, "ham0", `qemu-img create -q -f qcow2 ${image} 1M`, `rm -f ${image}`);
    const source = `<driver name="qemu" type="qcow2"/><source file="${image}"/>`;
    await define(bench, { devices: `<disk type="file" device="disk">${source}<target dev="vda"/></disk>` });
    const remove = `${virsh} snapshot-delete ${uuid} s1 >/dev/null`;
    const make = `${virsh} snapshot-create-as ${uuid} s1 >/dev/null`;
    await break_(bench, "ham0", make, `${remove} 2>&1 || true`);
    const again = `[ -e /run/fleet/again ] || { : >/run/fleet/again; sleep 1; /usr/bin/${remove}; /usr/bin/${make}; }`;
    bench.undo(() => bench.fleet.node("ham0").enter("rm -f /run/fleet/again"));
    // what a change asks first
    await wrap(bench, "ham0", "virsh", before("domname", again));
    const survived = await run(bench, "snapshot", verb, "-y", "ham0/web", "s1");
    const stderr = expect.stringContaining("another snapshot is named s1 meanwhile");
    expect(survived.result).toMatchObject({ code: 6, stderr });
    expect(await bench.fleet.node("ham0").enter(`${virsh} snapshot-list --name ${uuid}`)).toMatch(/^s1$/m);
    return survived;
  });

const stats = /^web {3}ham0 {2}running {6}1 {5}64M$/m;
survives("its qemu is frozen, and a job holds its lock", {}, async (bench) => {
  await define(bench);
  const { enter } = bench.fleet.node("ham0");
  // the monitor command waits for qemu and holds the lock of the guest meanwhile
  const monitor = `setsid ${virsh} qemu-monitor-command web --hmp 'info status' >/dev/null 2>&1 </dev/null &`;
  await enter(`${virsh} start web >/dev/null; pkill -STOP -x qemu-system-x86; ${monitor} sleep 0.5`);
  const survived = await run(bench, "list", "ham0");
  expect(survived.result).toMatchObject({ code: 0, stderr: "" });
  expect(survived.result.stdout).toMatch(stats);
  expect(survived.result.ms).toBeLessThan(4000);
  await enter("pkill -CONT -x qemu-system-x86; pkill -x virsh || true");
  return survived;
});

survives("100 kB of XML", {}, async (bench) => {
  const description = "long ".repeat(20_000);
  await define(bench, { inside: `<description>${description}</description>` });
  const { result } = await run(bench, "xml", "ham0/web");
  expect(result.stdout).toContain(description.trim());
  const survived = await run(bench, "info", "ham0/web");
  expect(survived.result.code).toBe(0);
  return survived;
});

survives("XML that is cut off", {}, async (bench) => {
  await define(bench);
  await wrap(
    bench,
    "ham0",
    "virsh",
    `case $* in *dumpxml*) /usr/bin/virsh "$@" | sed '/<os>/,$ { /^ *</d }' ;; *) exec /usr/bin/virsh "$@" ;; esac`,
  );
  const survived = await run(bench, "info", "ham0/web");
  expect(survived.result.code).toBe(0);
  expect(survived.result.stdout).toMatch(/^ {2}problem: {4}its XML cannot be read: /m);
  return survived;
});

const mac = "52:54:00:00:00:01";
survives("ESC in the host name of its lease", {}, async (bench) => {
  await define(bench, {
    devices: `<interface type="network"><source network="default"/><mac address="${mac}"/></interface>`,
  });
  const status = "/var/lib/libvirt/dnsmasq/virbr0.status";
  const lease = {
    "ip-address": "192.168.122.50",
    "mac-address": mac,
    hostname: "evil\x1b[31m\u202e",
    "expiry-time": 4102444800,
  };
  const { enter } = bench.fleet.node("ham0");
  bench.undo(() => enter(`: >${status}`));
  await enter(`${virsh} start web >/dev/null; printf '%s' '${JSON.stringify([lease])}' >${status}`);
  const survived = await run(bench, "ip", "ham0/web");
  expect(survived.result.stdout).toContain("192.168.122.50");
  await run(bench, "info", "ham0/web");
  return survived;
});

survives("ESC in the host name that its DHCP client gives", {}, async (bench) => {
  await define(bench, {
    devices: `<interface type="network"><source network="default"/><mac address="${mac}"/></interface>`,
  });
  const { enter } = bench.fleet.node("ham0");
  bench.undo(() => enter("ip link del guest-end 2>/dev/null || true"));
  // a card of the node with the guest's address: what dnsmasq and libvirt make of such a name is what is looked at
  await enter(`${virsh} start web >/dev/null
ip link add node-end type veth peer name guest-end
ip link set node-end master virbr0 up; ip link set guest-end address ${mac} up
busybox udhcpc -f -n -q -i guest-end -s /bin/true -t 20 -T 1 -x "hostname:$(printf 'ev\\033[31mil')" 2>/dev/null
${virsh} net-dhcp-leases default | grep 31mil`);
  const survived = await run(bench, "ip", "ham0/web");
  expect(survived.result.stdout).toMatch(/^web +ham0 +192\.168\.122\.\d+ +lease /m);
  await run(bench, "info", "ham0/web");
  return survived;
});

survives("ESC in what its agent says", {}, async (bench) => {
  const nic = `<interface type="network"><source network="default"/><mac address="${mac}"/></interface>`;
  const agent = `<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel>`;
  await define(bench, { devices: nic + agent });
  await bench.fleet.node("ham0").enter(`${virsh} start web >/dev/null`);
  // what asks the agent is the one that writes; the frames are those of the question
  const title = " Name       MAC address          Protocol     Address";
  const answer = [title, "-".repeat(79), ` eth0\\033[2J  ${mac}    ipv4         192.0.2.7/24`, ""].join("\\n");
  const frames = `nonce=$(printf %s "$*" | grep -o 'mclu-[0-9a-f]*' | head -1); printf "$nonce text\\n${answer}"`;
  const connected = `sed "s/ state='disconnected'//; s/name='org.qemu.guest_agent.0'/& state='connected'/"`;
  await wrap(
    bench,
    "ham0",
    "virsh",
    `case $* in
*"source agent"*) ${frames} ;;
*dumpxml*) /usr/bin/virsh "$@" | ${connected} ;;
*) exec /usr/bin/virsh "$@" ;; esac`,
  );
  const survived = await run(bench, "ip", "ham0/web");
  expect(survived.result.stdout).toMatch(/^web +ham0 +192\.0\.2\.7 +agent +/m);
  return survived;
});

survives("control and bidi characters in its name", {}, async (bench) => {
  await define(bench, { name: "a&#9;b&#13;c&#155;31m&#8238;txt.exe" });
  const survived = await run(bench, "list", "ham0");
  expect(survived.result.stdout).toMatch(/^a\\x09b\\x0dc\\x9b31m\\u202etxt\.exe {2}ham0 /m);
  const json = await bench.mclu(["list", "-o", "json", "ham0"]);
  expect((JSON.parse(json.stdout) as { guests: object[] }).guests).toMatchObject([
    { name: "a\tb\rc\x9b31m\u202etxt.exe", uuid },
  ]);
  return survived;
});

survives("its node has no stat and no date", {}, async (bench) => {
  const file = "/var/lib/libvirt/images/web.qcow2";
  await break_(bench, "ham0", `qemu-img create -q -f qcow2 ${file} 1M`, `rm -f ${file}`);
  await define(bench, {
    devices: `<disk type="file" device="disk"><source file="${file}"/><target dev="vda"/></disk>`,
  });
  await changePrograms(bench, "ham0", "rm stat date");
  // no disk is missing because nobody could look at it
  const plan = await bench.mclu(["delete", "--dry-run", "ham0/web"]);
  expect(plan.stdout).toContain("ham0/web  shut off  refused: its node gave no answer about the disks\n");
  const survived = await run(bench, "jobs", "ham0");
  const hint = "ssh root@10.111.0.10 command -v date stat";
  const stderr = `warning: ham0 failed: protocol: no date, no stat in its PATH; its jobs are unknown\n  try: ${hint}\nerror: no node answered\n`;
  expect(survived.result).toMatchObject({ code: 5, stderr });
  return { ...survived, reason: "protocol", hint };
});
