import { expect } from "vitest";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import type { FleetNode } from "./fleet.ts";

export const virsh = "virsh -q -c qemu:///system";
export const images = "/var/lib/libvirt/images";
/** A directory outside every pool. */
export const aside = "/var/lib/libvirt/aside";

const uuid = (last: string) => `11111111-2222-4333-8444-${last.padStart(12, "0")}`;
const q35 = "<os><type machine='q35'>hvm</type></os>";
const pc = "<os><type machine='pc'>hvm</type></os>";

/** A guest that somebody wrote by hand, as libvirt takes it. */
export interface ExoticGuest {
  /** What stands outside of <devices>, <os> included. */
  readonly more?: string;
  readonly devices?: string;
  readonly memory?: string;
  readonly vcpu?: string;
  /** It cannot start on these nodes, or not beside another. */
  readonly neverStarts?: true;
}

const disk = (target: string, inner: string, attributes = "type='file' device='disk'") =>
  `<disk ${attributes}>${inner}<target dev='${target}' bus='virtio'/></disk>`;
const file = (path: string, format = "qcow2") => `<driver name='qemu' type='${format}'/><source file='${path}'/>`;

export const exoticGuests: Readonly<Record<string, ExoticGuest>> = {
  bare: { more: pc },
  "12": {
    more: pc,
    devices: ["vda", "vdb"]
      .map((target) => disk(target, `${file(`${aside}/both.img`, "raw")}<readonly/><shareable/>`))
      .join(""),
  },
  "empty drives": {
    more: q35,
    devices: `<disk type='file' device='cdrom'><target dev='sda' bus='sata' tray='open'/><readonly/></disk>
<disk type='file' device='floppy'><target dev='fda'/></disk>
<disk type='network' device='cdrom'><source protocol='http' name='/a&amp;b.iso'><host name='192.0.2.1' port='80'/></source><target dev='sdb' bus='sata'/><readonly/></disk>`,
    neverStarts: true,
  },
  "block $(lun)": {
    more: pc,
    devices: `${disk("vda", `<driver name='qemu' type='raw' cache='none' io='native'/><source dev='${aside}/block'/><serial>a b</serial>`, "type='block' device='disk'")}
<controller type='scsi' model='virtio-scsi'/><disk type='block' device='lun' sgio='filtered'><source dev='/dev/disk/by-id/none'><reservations managed='yes'/></source><target dev='sda' bus='scsi'/></disk>`,
    neverStarts: true,
  },
  "far 'away'": {
    more: pc,
    devices: [
      "protocol='nbd' name='x'><host transport='unix' socket='/run/nbd sock'/>",
      "protocol='nbd'><host name='192.0.2.1' port='10809'/>",
      `protocol='iscsi' name='iqn.2013-07.com.example:pool/1'><host name='192.0.2.1' port='3260'/><auth username='u'><secret type='iscsi' uuid='${uuid("a")}'/></auth>`,
      `protocol='rbd' name='pool/image'><host name='192.0.2.1' port='6321'/><host name='192.0.2.2'/><snapshot name='s'/><auth username='u'><secret type='ceph' usage='a b'/></auth>`,
      "protocol='gluster' name='v/i'><host name='192.0.2.1' port='24007'/>",
    ]
      .map((source, index) =>
        disk(
          `vd${"abcde"[index]}`,
          `<driver name='qemu' type='raw'/><source ${source}</source>`,
          "type='network' device='disk'",
        ),
      )
      .join(""),
    neverStarts: true,
  },
  volume: {
    more: pc,
    devices: disk(
      "vda",
      "<driver name='qemu' type='qcow2'/><source pool='default' volume='volume.qcow2'/>",
      "type='volume' device='disk'",
    ),
  },
  "content of it": { more: pc, devices: disk("vda", file(`${images}/data.raw`, "raw")), neverStarts: true },
  "data file": { more: pc, devices: disk("vda", file(`${images}/data.qcow2`)) },
  encrypted: {
    more: pc,
    devices: disk(
      "vda",
      `<driver name='qemu' type='raw'/><source file='${images}/luks.img'><encryption format='luks'><secret type='passphrase' uuid='${uuid("e")}'/></encryption></source>`,
    ),
    neverStarts: true,
  },
  "passed through": {
    more: `${q35}<memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>`,
    devices: `<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'><vendor id='0x1234'/><product id='0xbeef'/></source></hostdev>
<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0xfe' slot='0x1f' function='7'/></source><rom bar='off'/></hostdev>
<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host9'/><address bus='0' target='0' unit='0'/></source></hostdev>
<filesystem type='mount' accessmode='passthrough'><driver type='virtiofs' queue='1024'/><source dir='/srv/a b'/><target dir='tag'/></filesystem>
<filesystem type='mount' accessmode='mapped'><source dir='/srv'/><target dir='nine'/><readonly/></filesystem>
<interface type='hostdev' managed='yes'><mac address='52:54:00:6d:90:02'/><source><address type='pci' domain='0' bus='0xfe' slot='0x07' function='0'/></source></interface>`,
    neverStarts: true,
  },
  "memory slots": {
    memory:
      "<maxMemory slots='4' unit='MiB'>512</maxMemory><memory unit='MiB'>192</memory><currentMemory unit='MiB'>96</currentMemory>",
    vcpu: "<vcpu placement='static' current='1'>2</vcpu>",
    more: `${q35}<features><acpi/></features><cpu mode='maximum'><topology sockets='2' cores='1' threads='1'/><numa><cell id='0' cpus='0' memory='65536' unit='KiB'/><cell id='1' cpus='1' memory='65536' unit='KiB'/></numa></cpu>`,
    devices: "<memory model='dimm'><target><size unit='MiB'>64</size><node>0</node></target></memory>",
  },
  "huge pages": {
    more: `${pc}<memoryBacking><hugepages><page size='2048' unit='KiB'/></hugepages><locked/></memoryBacking><memtune><hard_limit unit='KiB'>1048576</hard_limit></memtune><numatune><memory mode='strict' nodeset='0'/></numatune>`,
    neverStarts: true,
  },
  tuned: {
    vcpu: "<vcpu placement='static' cpuset='0-1' current='2'>4</vcpu><vcpus><vcpu id='0' enabled='yes' hotpluggable='no' order='1'/><vcpu id='1' enabled='no' hotpluggable='yes'/><vcpu id='2' enabled='yes' hotpluggable='yes' order='2'/><vcpu id='3' enabled='no' hotpluggable='yes'/></vcpus>",
    more: `${pc}<iothreads>2</iothreads><cputune><vcpupin vcpu='0' cpuset='0'/><vcpupin vcpu='3' cpuset='1'/><emulatorpin cpuset='0-1'/><iothreadpin iothread='1' cpuset='0'/></cputune><cpu><topology sockets='1' cores='4' threads='1'/></cpu>
<clock offset='variable' adjustment='-3600' basis='localtime'><timer name='rtc' tickpolicy='catchup'/></clock><on_poweroff>restart</on_poweroff><on_crash>coredump-destroy</on_crash>`,
  },
  consoles: {
    more: pc,
    devices: `<serial type='pty'/><serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/><protocol type='telnet'/></serial><serial type='null'/><console type='pty'><target type='serial'/></console>
<controller type='virtio-serial'/><console type='pty'><target type='virtio' port='1'/></console><parallel type='file'><source path='/dev/null'/></parallel>
<channel type='unix'><source mode='bind' path='/run/odd channel'/><target type='virtio' name='a b'/></channel>`,
  },
  "no console": {
    more: `${q35}<pm><suspend-to-mem enabled='yes'/></pm>`,
    devices: "<memballoon model='none'/><video><model type='none'/></video>",
  },
  screens: {
    more: pc,
    devices: `<graphics type='vnc' port='-1' autoport='yes' passwd='geheim' passwdValidTo='2030-01-01T00:00:00'><listen type='socket' socket='/run/libvirt/odd screen.vnc'/></graphics>
<graphics type='spice' autoport='yes' passwd='geheim'><listen type='address' address='127.0.0.1'/><image compression='off'/></graphics><video><model type='cirrus'/></video>`,
  },
  "no listener": { more: pc, devices: "<graphics type='spice'><listen type='none'/></graphics>" },
  "far nvram": {
    more: `<os><type arch='x86_64' machine='q35'>hvm</type><loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader><nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>${aside}/far_VARS.fd</nvram><boot dev='network'/><bootmenu enable='yes' timeout='3000'/></os><features><acpi/></features>`,
  },
  "direct kernel": {
    more: `<os><type machine='pc'>hvm</type><kernel>/nowhere/vm linuz</kernel><initrd>/nowhere/initrd</initrd><cmdline>root=/dev/vda "quoted" a=$(b) &amp;</cmdline><smbios mode='sysinfo'/></os><sysinfo type='smbios'><bios><entry name='vendor'>a &lt;b&gt;</entry></bios></sysinfo>`,
    neverStarts: true,
  },
  "odd text": {
    more: `<genid>${uuid("9")}</genid><title>a "title" &lt;b&gt; \u202e$(x)</title><description>  two
lines &amp; 'more'\t</description><metadata><libosinfo:libosinfo xmlns:libosinfo='http://libosinfo.org/xmlns/libvirt/domain/1.0'><libosinfo:os id='http://debian.org/debian/12'/></libosinfo:libosinfo><b:x xmlns:b='urn:b' xmlns:c='urn:c' c:at='1'><![CDATA[<name>]]><!-- c --></b:x></metadata>${pc}`,
  },
  "x command line": {
    more: `${pc}<qemu:commandline xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'><qemu:arg value='-msg'/><qemu:arg value='timestamp=on'/><qemu:env name='A' value='$(touch /tmp/x) "q"'/></qemu:commandline>`,
  },
  "many cards": {
    more: pc,
    devices: [
      "user'>",
      "ethernet'><target dev='tapodd' managed='no'/>",
      "direct'><source dev='eth0' mode='bridge'/>",
      "bridge'><source bridge='nobr'/><virtualport type='openvswitch'/><vlan><tag id='42'/></vlan>",
      "network'><source network='default' portgroup='p'/><bandwidth><inbound average='1000'/></bandwidth>",
      "network'><source network='no such'/>",
      "mcast'><source address='230.0.0.1' port='5558'/>",
    ]
      .map(
        (rest, index) =>
          `<interface type='${rest}<mac address='52:54:00:01:02:0${index}'/><model type='virtio'/></interface>`,
      )
      .join(""),
    neverStarts: true,
  },
  devices: {
    more: `${q35}<features><acpi/><apic/><hyperv mode='custom'><relaxed state='on'/></hyperv></features><resource><partition>/machine</partition></resource><seclabel type='none'/>`,
    devices: `<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm><watchdog model='i6300esb' action='poweroff'/><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><vsock model='virtio'><cid auto='yes'/></vsock>
<sound model='ich9'/><redirdev bus='usb' type='spicevmc'/><smartcard mode='passthrough' type='spicevmc'/><shmem name='s'><model type='ivshmem-plain'/><size unit='M'>4</size></shmem><panic model='isa'/><iommu model='intel'/><input type='evdev'><source dev='/dev/none'/></input><graphics type='spice'/>`,
    neverStarts: true,
  },
  "disk details": {
    more: pc,
    devices: `<disk type='file' device='disk' snapshot='external'><driver name='qemu' type='qcow2' cache='writeback' discard='unmap'/><source file='${images}/overlay.qcow2' index='3'/><backingStore type='file'><format type='qcow2'/><source file='${images}/lower.qcow2'/><backingStore/></backingStore><target dev='hdb' bus='ide'/><iotune><total_bytes_sec>1000000</total_bytes_sec></iotune><wwn>5000c50015ea71ad</wwn><boot order='1'/></disk>
<disk type='dir' device='floppy'><driver name='qemu' type='fat'/><source dir='/srv'/><target dev='fda'/><readonly/></disk>`,
  },
};

function exoticXml(name: string, { more = "", devices = "", memory, vcpu = "" }: ExoticGuest): string {
  const head = `<name>${name}</name>${memory ?? "<memory unit='MiB'>32</memory>"}${vcpu}`;
  return `<domain type='qemu'>${head}${more}<devices>${devices}</devices></domain>`;
}

/** The shell of a node that makes every exotic guest and its files anew. */
export const defineExotic = `for guest in $(${virsh} list --all --uuid); do
${virsh} destroy $guest; ${virsh} undefine $guest --managed-save --snapshots-metadata --nvram; done >/dev/null 2>&1
mkdir -p ${aside} && rm -rf ${images}/* ${aside}/* && cd ${images} && mkdir ${aside}/xml || exit
truncate -s 1M ${aside}/both.img luks.img a.iso
qemu-img create -q -f qcow2 volume.qcow2 1M
qemu-img create -q -f qcow2 -o data_file=${images}/data.raw,data_file_raw=on data.qcow2 1M
qemu-img create -q -f qcow2 lower.qcow2 1M && qemu-img create -q -f qcow2 -b lower.qcow2 -F qcow2 overlay.qcow2
mknod ${aside}/block b 7 250
${Object.entries(exoticGuests)
  .map(([name, guest], index) => `cat >${aside}/xml/${index} <<'END'\n${exoticXml(name, guest)}\nEND`)
  .join("\n")}
${virsh} "pool-refresh default; ${Object.keys(exoticGuests)
  .map((_, index) => `define --validate ${aside}/xml/${index}`)
  .join("; ")}" >/dev/null && rm -r ${aside}/xml`;

/** The definitions of all guests of a node, secrets included, by their name, as lines. */
export async function readDefinitions(node: FleetNode): Promise<ReadonlyMap<string, readonly string[]>> {
  const text = await node.enter(
    `${virsh} "$(for guest in $(${virsh} list --all --uuid); do printf 'dumpxml --inactive --security-info %s;' $guest; done)"`,
  );
  const texts = text.split(/(?<=^<\/domain>\n)/m).map((one) => one.trim());
  return new Map(texts.filter((one) => one !== "").map((one) => [parseDomain(one).name, one.split("\n")]));
}

/** The lines of one text that another does not have, each as often as it lacks it. */
export function missingLines(lines: readonly string[], others: readonly string[]): readonly string[] {
  const rest = [...others];
  return lines.filter((line) => {
    const at = rest.indexOf(line);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Expects that since then no line of a definition on a node is gone but those, and none came but these. */
export async function expectDefinitionsKept(
  node: FleetNode,
  before: ReadonlyMap<string, readonly string[]>,
  gone = /$^/,
  came = gone,
): Promise<void> {
  const after = await readDefinitions(node);
  const difference = (a: readonly string[], b: readonly string[], but: RegExp) =>
    missingLines(a, b).filter((line) => !but.test(line));
  const differences = [...before].map(([name, lines]) => {
    const now = after.get(name) ?? [];
    return { name, gone: difference(lines, now, gone), came: difference(now, lines, came) };
  });
  expect(differences.filter((one) => one.gone.length + one.came.length > 0)).toEqual([]);
}
