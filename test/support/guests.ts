import { temporaryDirectory } from "./run-mclu.ts";
import { type TestGuest, testDriverUri, testUuid } from "./test-driver.ts";

/** Names that libvirt accepts and that break careless programs; the eleventh is the UUID of the second guest. */
export const hostileNames: readonly string[] = [
  "1",
  "web1",
  "a b",
  "it's",
  'say "hi"',
  "x$(id)`id`;id",
  "*",
  "ham0:web",
  "-dash",
  "r\u202etl",
  testUuid(1),
  "漢".repeat(200),
];

/** How to ask for each of them: the one named with another's UUID goes by its own. */
export const hostileSelectors: readonly string[] = hostileNames.map((name, index) =>
  name === testUuid(1) ? testUuid(index) : name,
);

export const network = `<network><name>default</name><uuid>00000000-0000-4000-8000-0000000000aa</uuid>
  <bridge name='virbr0'/><forward/><ip address='192.168.122.1' netmask='255.255.255.0'>
  <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp></ip></network>`;

export const card = (mac: string) =>
  `<interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface>`;

/** mclu.conf of nodes of libvirt's test driver on this machine, each with its guests. */
export function clusterOf(nodes: Readonly<Record<string, readonly TestGuest[]>>, more = network): string {
  const directory = temporaryDirectory();
  const names = Object.keys(nodes);
  const sections = names.map((name) => `[node.${name}]\nuri = ${testDriverUri(directory, nodes[name] ?? [], more)}\n`);
  return `[mclu]\ntransport = local\n[nodes]\n${names.map((name) => `${name} =\n`).join("")}${sections.join("")}`;
}
