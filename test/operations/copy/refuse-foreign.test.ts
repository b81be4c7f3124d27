import { expect, it } from "vitest";
import { lookAtSource } from "../../../src/operations/clone/source.ts";
import { refuseForeign } from "../../../src/operations/copy/refuse-foreign.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { oddCluster, oddXml } from "../../support/odd-guest.ts";

const usb = "<hostdev type='usb'><source><vendor id='0x1d6b'/><product id='0x0002'/></source></hostdev>";
const shares = "<filesystem type='mount'><source dir='/'/><target dir='share'/></filesystem>";
const disk = (more: string) =>
  `<disk type='block'><source dev='/dev/sda'/><target dev='vdb'/>${more}<shareable/></disk>`;
const tpm = (type: string) => `<tpm><backend type='${type}'/></tpm>`;
const nvme =
  "<disk type='nvme'><source type='pci' namespace='1'><address domain='0' bus='1' slot='0' function='0'/></source><target dev='vdb'/><readonly/></disk>";
const label = (type: string) => `<seclabel type='${type}' model='dac'/>`;
const qemu = "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'><q:arg value='-x'/></q:commandline>";

async function refuse(xml: string): Promise<void> {
  const { guests } = await findGuests(await oddCluster({ xml }), ["web1"]);
  refuseForeign(await lookAtSource(guests[0] ?? expect.fail("no guest"), undefined));
}

it.each([
  ["a device", oddXml(usb), "ham0/web1 has devices of ham0: "],
  ["a directory", oddXml(shares), "ham0/web1 has directories of ham0: /"],
  ["the TPM", oddXml(tpm("passthrough")), "ham0/web1 has the TPM of ham0"],
  ["a disk that others write", oddXml(disk("")), "vdb of ham0/web1 is shared on ham0: /dev/sda"],
  ["a disk that is a device", oddXml(nvme), "ham0/web1 has devices of ham0: nvme:"],
  ["a label", oddXml("").replace("</domain>", `${label("none")}$&`), "ham0/web1 says itself as whom its qemu runs"],
  ["words for qemu", oddXml("").replace("</domain>", `${qemu}$&`), "ham0/web1 has arguments of its own for qemu"],
  ...[
    ["<interface type='direct'><source dev='eth0'/></interface>", "a network card of type direct"],
    ["<interface type='udp'><source address='127.0.0.1' port='1'/></interface>", "a network card of type udp"],
    [
      "<serial type='tcp'><source mode='connect' host='127.0.0.1' service='9'/></serial>",
      "a serial device of type tcp",
    ],
    ["<redirdev bus='usb' type='tcp'><source mode='connect' host='::1' service='9'/></redirdev>", "a redirdev device"],
    ["<rng><backend model='egd' type='udp'/></rng>", "a rng device of type udp"],
    ["<shmem name='other'/>", "the shared memory other"],
    ["<smartcard mode='host'/>", "its smartcard"],
    [
      "<disk type='network' device='cdrom'><source protocol='rbd' name='a/b'><auth username='u'/></source><target dev='sda'/><readonly/></disk>",
      "a disk with a secret of its libvirt",
    ],
  ].map(([device, what]): [string, string, string] => [what ?? "", oddXml(device ?? ""), `ham0/web1 has ${what}`]),
])("an image with %s of its node is not copied to another one", async (_what, xml, message) => {
  await expect(refuse(xml)).rejects.toMatchObject({
    ...{ exitCode: 6, message: expect.stringContaining(message), hint: expect.stringContaining("ham0/web1") },
  });
});

it("an image with what is its own, or what it cannot write, is", async () => {
  const labelled = oddXml("").replace("</domain>", `${label("dynamic")}$&`);
  const plain =
    "<interface type='bridge'><source bridge='br0'/></interface><interface type='user'/><serial type='pty'/>";
  for (const xml of [oddXml(`${plain}${disk("<readonly/>")}${tpm("emulator")}`), labelled]) await refuse(xml);
});
