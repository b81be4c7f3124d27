import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { screenText } from "../support/screen.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

/** A file of this name anywhere is a text that was run. */
const mark = `pwned-${process.pid}`;
const payload = `$(touch ${mark})\`touch ${mark}\`; touch ${mark} & '"; touch ${mark} #`;
const anywhere = `$(touch /tmp/${mark})\`touch /tmp/${mark}\``;
/** What XML cannot hold, and a DHCP client, a log and a command can: clipboard, title, colours, a screen erased. */
const escapes = "\x1b]52;c;cHduZWQ=\x07\x1b]0;title\x07\x1b[31m\x1b[2J\x1bc\x07\b\x7f\r";
const bidi = "\u202etxt\u2066.\u009b31m";

const guests = {
  running: `${payload} run`,
  stored: `-${payload} ${bidi}`,
  id: "3",
} as const;
const uuids = {
  running: "00000000-0000-4000-8000-000000000a01",
  stored: "00000000-0000-4000-8000-000000000a02",
  id: "00000000-0000-4000-8000-000000000a03",
} as const;
const title = `${payload} ${bidi}`;
const description = `first ${anywhere}\nsecond ${payload} ${bidi}\n--help`;
const metadata = `${anywhere} ${bidi}`;
// dnsmasq refuses quotes and # in its pid file's name
const network = `--$(touch ${mark})\`touch ${mark}\`; touch ${mark} & ${bidi}`;
// mclu.conf may name a pool, and refuses control characters in it
const pool = ` -${payload}`;
const volume = `-v ${payload} ${bidi}.qcow2`;
const snapshots = [` ${payload} ${bidi}`, "-dash", "--help", "1", `trailing ${bidi} `];
const hostName = `${anywhere}${escapes}${bidi}`;
const mac = "52:54:00:aa:0a:01";

interface Info {
  readonly guests: readonly {
    readonly name: string;
    readonly problem: string | null;
    readonly snapshots: readonly { readonly name: string; readonly description: string | null }[];
    readonly hardware: {
      readonly title: string;
      readonly description: string;
      readonly metadata: readonly { readonly fields: object }[];
    };
    readonly disks: readonly {
      readonly source: string;
      readonly path: string | null;
      readonly capacity: number | null;
    }[];
    readonly interfaces: readonly {
      readonly source: string;
      readonly addresses: readonly { readonly address: string }[];
    }[];
  }[];
}

describe("texts that want to be run", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.110.0", nodes: 1 });
    node = fleet.node("ham0");
    user = await fleetUser(fleet, {
      config: (text) => text.replace("[node.ham0]", () => `[node.ham0]\npool = "${escapeIni(pool)}"`),
    });
    await prepare(node);
  });
  afterAll(() => fleet?.down());

  // where a text that was run would have left its mark
  const ask = (...argv: string[]) => user.mclu(argv, { cwd: user.home });
  const selectors = Object.values(guests).map((name) => `ham0/${name}`);

  it("are in JSON exactly as they are on the node", async () => {
    const list = await ask("list", "-o", "json");
    expect([list.code, list.stderr]).toEqual([0, ""]);
    const names = parseDocument<{ guests: readonly { name: string }[] }>(list.stdout).guests.map(({ name }) => name);
    expect(names.toSorted()).toEqual(Object.values(guests).toSorted());

    const run = await ask("info", "-o", "json", "--", ...selectors);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const all = parseDocument<Info>(run.stdout).guests;
    const running = all.find(({ name }) => name === guests.running);
    const stored = all.find(({ name }) => name === guests.stored);
    expect(running?.hardware).toMatchObject({ title: title.trim(), description });
    expect(Object.values(running?.hardware.metadata[0]?.fields ?? {})).toEqual([metadata]);
    expect(running?.interfaces[0]).toMatchObject({ source: network, addresses: [{ address: "192.168.77.9" }] });
    expect(stored?.disks[0]).toMatchObject({ source: `${pool}/${volume}`, capacity: 1024 ** 2 });
    expect(stored?.snapshots.map(({ name }) => name).toSorted()).toEqual(snapshots.toSorted());
    expect(stored?.snapshots.map((snapshot) => snapshot.description)).toEqual(snapshots.map(() => title.trim()));
  });

  it.each([
    ["status", "status", "--wide"],
    ["list", "list", "--wide"],
    ["info", "info", "--", ...selectors],
    ["ip", "ip", "--", ...selectors],
  ])("%s shows them in no format as anything but text", async (_, ...argv) => {
    const formats = argv[0] === "info" ? ["text", "json"] : ["text", "json", "csv", "name"];
    const [verb = "", ...rest] = argv;
    for (const format of formats) {
      const run = await ask(verb, "-o", format, ...rest);
      expect([format, run.code]).toEqual([format, 0]);
      expectText(run.stdout + run.stderr);
    }
    expectScreen(await user.mclu(argv, { cwd: user.home, pty: { columns: 300, rows: 80 } }));
  });

  it.each([
    ["xml", 0, ["xml", `ham0/${guests.running}`]],
    ["logs", 0, ["logs", `ham0/${guests.running}`]],
    ["virsh", 0, ["virsh", `ham0/${guests.stored}`, "--", "snapshot-list", "--name"]],
    ["exec", 0, ["exec", "ham0", "--", "printf", "%s\\n", payload, anywhere, escapes, bidi]],
    ["exec of a line", 7, ["exec", "--no-fold", "ham0", "--", "cat /var/log/libvirt/qemu/*run.log; exit 7"]],
    ["an unknown guest", 4, ["info", `ham0/${escapes}${bidi}${payload}`]],
  ])("%s brings nothing to the screen that a terminal obeys", async (_, code, argv) => {
    const run = await user.mclu(argv, { cwd: user.home, pty: { columns: 300, rows: 80 } });
    expect([argv[0], run.code]).toEqual([argv[0], code]);
    expectScreen(run);
  });

  it("exec gives a command's words and its output back exactly", async () => {
    const words = [payload, anywhere, escapes, bidi, guests.stored, "", "-n", "a\nb", "*"];
    const run = await ask("exec", "-o", "json", "ham0", "--", "printf", "%s|", ...words);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    const { nodes } = JSON.parse(run.stdout) as { nodes: readonly { stdout: string }[] };
    expect(nodes[0]?.stdout).toBe(words.map((word) => `${word}|`).join(""));
  });

  it("dump writes files of harmless names, with the texts in them", async () => {
    const run = await ask("dump", "backup");
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expectText(run.stdout);
    const files = readdirSync(join(user.home, "backup"), { recursive: true, encoding: "utf8" });
    expect(files.filter((file) => file.endsWith(".xml"))).toHaveLength(3 + 2 + 2);
    for (const file of files) expect(file).toMatch(/^[\p{L}\p{N}._+=@,%/-]+$/u);
    const xml = files
      .filter((file) => file.endsWith(".xml"))
      .map((file) => readFileSync(join(user.home, "backup", file), "utf8"));
    expect(xml.join("")).toContain(guests.id);
  });

  it("were run nowhere", async () => {
    const places = "/ /root /home /run /tmp /var/tmp /var/lib/libvirt /var/log/libvirt /etc";
    expect(await node.enter(`find ${places} -maxdepth 3 -xdev -name ${mark} 2>/dev/null || :`)).toBe("");
    for (const directory of [user.home, "/", "/tmp", "/root", process.cwd(), fleet.dir])
      expect([directory, existsSync(join(directory, mark))]).toEqual([directory, false]);
  });
});

/** Nothing but text: escapes of ours, colours and the drawing in place are for a terminal. */
function expectText(text: string): void {
  expect(text).not.toMatch(/[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
}

/** What came to a terminal: `screenText` throws on every control character that is not the program's own. */
function expectScreen({ stdout }: { readonly stdout: string }): void {
  expectText(screenText(stdout.replaceAll("\t", " "), 300, 80));
}

async function prepare({ enter }: FleetNode): Promise<void> {
  const virsh = "virsh -q -c qemu:///system";
  const file = (name: string, text: string) =>
    `printf %s ${Buffer.from(text).toString("base64")} | base64 -d >${name}\n`;
  const word = (text: string) => `"$(printf %s ${Buffer.from(`${text}.`).toString("base64")} | base64 -d)"`;
  // a substitution loses newlines at its end, and no other character: the dot keeps them, and is cut off
  const variable = (name: string, text: string) => `${name}=${word(text)}; ${name}=\${${name}%.}\n`;
  const domain = (name: string, uuid: string, more: string) =>
    `<domain type='qemu'><name>${xml(name)}</name><uuid>${uuid}</uuid><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type>hvm</type></os>${more}</domain>`;
  const card = `<devices><interface type='network'><mac address='${mac}'/><source network='${xml(network)}'/></interface></devices>`;
  const texts = `<title>${xml(title)}</title><description>${xml(description)}</description><metadata><p:guest xmlns:p='urn:p'><p:text>${xml(metadata)}</p:text></p:guest></metadata>`;
  const disk = `<devices><disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='${xml(pool)}' volume='${xml(volume)}'/><target dev='vda'/></disk></devices>`;
  const lease = {
    "ip-address": "192.168.77.9",
    "mac-address": mac,
    hostname: hostName,
    "client-id": "-",
    "expiry-time": 4000000000,
  };
  await enter(`set -e; cd /tmp
${file("net.xml", `<network><name>${xml(network)}</name><bridge name='virbr77'/><ip address='192.168.77.1' netmask='255.255.255.0'><dhcp><range start='192.168.77.2' end='192.168.77.9'/></dhcp></ip></network>`)}
${file("pool.xml", `<pool type='dir'><name>${xml(pool)}</name><target><path>/var/lib/libvirt/injected</path></target></pool>`)}
${file("vol.xml", `<volume><name>${xml(volume)}</name><capacity unit='MiB'>1</capacity><target><format type='qcow2'/></target></volume>`)}
${file("1.xml", domain(guests.running, uuids.running, texts + card))}
${file("2.xml", domain(guests.stored, uuids.stored, disk))}
${file("3.xml", domain(guests.id, uuids.id, ""))}
mkdir /var/lib/libvirt/injected
${variable("net", network)}${variable("pool", pool)}${variable("running", guests.running)}${variable("title", title)}
for kind in net pool; do ${virsh} $kind-define /tmp/$kind.xml; done
${virsh} net-start --network "$net"; ${virsh} pool-start --pool "$pool"; ${virsh} vol-create --pool "$pool" --file /tmp/vol.xml
for each in 1 2 3; do ${virsh} define /tmp/$each.xml; done
${virsh} start ${uuids.running}
${snapshots.map((name) => `${variable("name", name)}${virsh} snapshot-create-as ${uuids.stored} --name "$name" --description "$title"\n`).join("")}
${file("lease", JSON.stringify([lease]))}
cat lease >/var/lib/libvirt/dnsmasq/virbr77.status
${file("log", `${anywhere}\n${payload}${escapes}${bidi}\n${"x".repeat(5000)}${escapes}`)}
cat log >>"/var/log/libvirt/qemu/$running.log"`);
}

function xml(text: string): string {
  return text.replace(/[^a-zA-Z0-9 ]/gu, (character) => `&#${character.codePointAt(0)};`);
}

/** For a value in double quotes. */
function escapeIni(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
