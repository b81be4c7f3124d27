import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { formatBytes } from "../../src/render/size.ts";
import { type Fleet, type FleetGuest, type FleetNode, guestAddress, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { steady } from "./steady.ts";

describe("info of a guest that runs", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  let guest: FleetGuest;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.115.0", nodes: 1 });
    node = fleet.node("ham0");
    const [defined] = await fleet.define("ham0", ["tiny"], { start: true });
    if (defined === undefined) throw new Error("the fleet defined no guest");
    guest = defined;
    user = await fleetUser(fleet);
    await guestAddress(node, guest);
    const overlay = "/var/lib/libvirt/images/over.qcow2";
    for (const command of [
      `snapshot-create-as ${guest.uuid} 'the first'`,
      `snapshot-create-as ${guest.uuid} --disk-only --diskspec vda,file=${overlay} second`,
      `autostart ${guest.uuid}`,
      `desc ${guest.uuid} --live --config --title 'The tiny one'`,
      `desc ${guest.uuid} --live --config 'what it is for'`,
      `metadata ${guest.uuid} --live --config --uri http://example.com/rack --key rack --set '<shelf>r1</shelf>'`,
    ])
      await node.enter(`virsh -q -c qemu:///system ${command}`);
  });
  afterAll(() => fleet?.down());

  it("shows people what virsh and qemu-img say of it", async () => {
    const [words, run] = await steady(
      () => describedGuest(node, guest),
      () => user.mclu(["info", "tiny"], { env: { TZ: "UTC0" } }),
    );
    // the columns are as wide as what is in them, and some figures grow all the time
    const shown = run.stdout.replace(/ +/g, " ").replace(/\([\d.]+\w resident/, "(N resident");
    expect(shown.replace(/time: .*/, "time: N")).toBe(words);
    expect([run.code, run.stderr]).toEqual([0, ""]);
  });
});

interface Image {
  readonly filename: string;
  readonly format: string;
  readonly "virtual-size": number;
  readonly "actual-size": number;
}

/**
 * What `info` shows of a guest that the fleet defined, that runs, has an address by lease, metadata `<rack:shelf>r1` and two
 * snapshots, `the first` and the external `second`: from what virsh and qemu-img say of it on its node, with one blank between
 * words and N for what grows all the time.
 */
async function describedGuest(node: FleetNode, { name, uuid }: FleetGuest): Promise<string> {
  const virsh = async (command: string) =>
    (await node.enter(`TZ=UTC0 virsh -q -c qemu:///system ${command}`)).trim().replace(/ +/g, " ");
  const xml = await virsh(`dumpxml ${uuid}`);
  const inXml = (pattern: RegExp) => pattern.exec(xml)?.[1] ?? `no ${pattern}`;
  const information = await virsh(`dominfo ${uuid}`);
  const [, vnc] = /^127\.0\.0\.1:(\d+)$/.exec(await virsh(`vncdisplay ${uuid}`)) ?? [];
  const [end, kind, network, model, mac] = (await virsh(`domiflist ${uuid}`)).split(" ");
  const address = (await virsh(`domifaddr ${uuid} --source lease`)).split(" ").at(-1);
  const [target, path] = (await virsh(`domblklist ${uuid}`)).split(" ");
  const chain: Image[] = JSON.parse(await node.enter(`qemu-img info -U --backing-chain --output json ${path}`));
  const [disk, ...below] = chain;
  const size = (bytes: number | undefined) => formatBytes(bytes ?? null);
  const snapshots = (await virsh(`snapshot-list ${uuid}`)).split("\n");
  const row = (snapshot: string) => {
    const line = snapshots.find((each) => each.trim().startsWith(`${snapshot} `));
    const [, created, state] = / (\S+ \S+) \+0000 (\S+)$/.exec(line ?? "") ?? [];
    return `${created} ${state}`;
  };
  return `ham0/${name}
 state: ${await virsh(`domstate ${uuid} --reason`)}
 uuid: ${uuid}
 title: ${await virsh(`desc ${uuid} --title`)}
 description: ${await virsh(`desc ${uuid}`)}
 vcpus: ${inXml(/<vcpu[^>]*>(\d+)</)}
 memory: ${size(Number(inXml(/<currentMemory unit='KiB'>(\d+)</)) * 1024)} (N resident on the node)
 cpu time: N
 autostart: ${/^Autostart: enable$/m.test(information) ? "yes" : "no"}
 machine: ${inXml(/machine='([^']*)'/)}, x86_64, qemu
 cpu: ${inXml(/<model fallback[^>]*>([^<]*)</)}
 boot: hd
 agent: not connected
 graphics: vnc 127.0.0.1:${5900 + Number(vnc)}
 console: serial 0 pty ${await virsh(`ttyconsole ${uuid}`)}
 metadata: shelf shelf=r1

 DISK BUS DEVICE FORMAT SIZE USED SOURCE
 ${target} virtio disk ${disk?.format} ${size(disk?.["virtual-size"])} ${size(disk?.["actual-size"])} ${path}
${below.map((image) => ` ${image.format} ${size(image["actual-size"])} over ${image.filename}\n`).join("")}
 MAC NETWORK MODEL TARGET ADDRESS KNOWN BY
 ${mac} ${kind} ${network} ${model} ${end} ${address} lease

 SNAPSHOT CREATED STATE KIND PARENT
 the first ${row("the first")} internal, with memory -
 second (current) ${row("second")} external the first
`;
}
