import { describe, expect, it } from "vitest";
import { copyDefinition } from "../../src/libvirt/clone-definition.ts";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";

const source = `<domain type='kvm'>
  <name>debian-original</name>
  <uuid>11111111-1111-4111-8111-111111111111</uuid>
  <genid>22222222-2222-4222-8222-222222222222</genid>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0"><libosinfo:os id="http://debian.org/debian/12"/></libosinfo:libosinfo>
    <mclu:built xmlns:mclu="urn:mclu:built"><mclu:template>debian-12</mclu:template></mclu:built>
    <p:protected xmlns:p="urn:mclu:protection:1"/>
    <i:image xmlns:i="urn:mclu:image:1"/>
  </metadata>
  <memory unit='KiB'>1048576</memory>
  <vcpu>2</vcpu>
  <sysinfo type='smbios'><system><entry name='uuid'>11111111-1111-4111-8111-111111111111</entry><entry name='serial'>7</entry></system></sysinfo>
  <os firmware='efi'>
    <type arch='x86_64' machine='q35'>hvm</type>
    <nvram template='/usr/share/OVMF/OVMF_VARS_4M.fd'>/var/lib/libvirt/qemu/nvram/debian-original_VARS.fd</nvram>
  </os>
  <devices>
    <disk type='volume' device='disk'>
      <driver name='qemu' type='raw' cache='none' io='native'/>
      <source pool='default' volume='debian-original.img'><seclabel model='dac' relabel='no'/></source>
      <backingStore type='file'><format type='raw'/><source file='/x'/></backingStore>
      <target dev='vda' bus='virtio'/>
      <serial>S1</serial>
    </disk>
    <disk type='file' device='cdrom'><source file='/iso/a.iso'/><target dev='sda' bus='sata'/><readonly/></disk>
    <interface type='network'>
      <mac address='52:54:00:aa:bb:cc'/><source network='default'/><target dev='web0'/><model type='virtio'/>
      <filterref filter='clean-traffic'><parameter name='IP' value='10.0.0.5'/><parameter name='DHCPSERVER' value='10.0.0.1'/></filterref>
    </interface>
    <channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/f16x86_64.agent'/><target type='virtio' name='org.qemu.guest_agent.0'/></channel>
    <graphics type='vnc' port='5905' autoport='no' passwd='s3cret'><listen type='address' address='127.0.0.1'/></graphics>
    <graphics type='spice' socket='/run/spice.sock'/>
    <vsock model='virtio'><cid auto='no' address='7'/></vsock>
  </devices>
</domain>`;

const own = {
  name: "web1",
  uuid: "33333333-3333-4333-8333-333333333333",
  disks: new Map([["vda", { path: "/pool/web1.qcow2", format: "qcow2" }]]),
  nvram: "/var/lib/libvirt/qemu/nvram/web1_VARS.fd",
  built: { source: { kind: "image", name: "debian-original" }, builder: "alice@desk", date: "2026-11-21T13:45:00Z" },
} as const;

describe("the definition of a copy", () => {
  const copy = copyDefinition(source, own);
  const details = parseDomain(copy);

  it("has a name, ids, firmware variables and hardware addresses of its own", () => {
    expect(details).toMatchObject({ name: "web1", nvram: own.nvram, memory: { maximum: 1024 ** 3 } });
    expect(copy).not.toMatch(/1111|2222|aa:bb:cc|web0|10\.0\.0\.5/);
    expect(copy).toContain('<entry name="uuid">33333333-3333-4333-8333-333333333333</entry>');
    expect(copy).toContain('<entry name="serial">7</entry>');
    expect(copy).toContain("<genid/>");
    expect(details.interfaces[0]?.mac).toMatch(/^52:54:00:/);
    expect(copyDefinition(source, own)).not.toBe(copy);
    expect(copy).toContain('<parameter name="DHCPSERVER"');
  });

  it("has its own file for a copied disk and shares all others", () => {
    expect(details.disks).toMatchObject([
      { target: "vda", type: "file", source: "/pool/web1.qcow2", format: "qcow2", backing: null },
      { target: "sda", source: "/iso/a.iso", readonly: true },
    ]);
    expect(copy).toContain('<driver name="qemu" type="qcow2" cache="none" io="native"/>');
    expect(copy).toContain("<serial>S1</serial>");
  });

  it("takes no port or socket from its source, and keeps the secret that libvirt gave", () => {
    expect(copy).toMatch(/<graphics type="vnc" port="-1" autoport="yes" passwd="s3cret">/);
    expect(copy).not.toMatch(/spice\.sock|f16x86_64|address="7"/);
    expect(copy).toMatch(/<graphics type="spice"><listen type="socket"\/><\/graphics>/);
    expect(copy).toMatch(/<cid auto="yes"\/>/);
  });

  it("says what it came from; is neither protected nor an image for that; keeps what others wrote", () => {
    const [first, second] = details.metadata;
    expect(details.metadata).toHaveLength(2);
    expect(first?.fields.os).toBe("http://debian.org/debian/12");
    expect(second).toMatchObject({
      namespace: "urn:mclu:built",
      fields: { image: "debian-original", builder: "alice@desk" },
    });
  });

  it("has the marks that it is given", () => {
    const marked = copyDefinition(source, { ...own, marks: ['<i:image xmlns:i="urn:mclu:image:1"/>'] });
    expect(parseDomain(marked).metadata.map(({ namespace }) => namespace)).toContain("urn:mclu:image:1");
  });

  it("leaves a firmware without a file of its own, and a disk that is not copied", () => {
    const bios = source.replace(/<nvram[\s\S]*?<\/nvram>/, "").replace("<os firmware='efi'>", "<os>");
    const copied = parseDomain(copyDefinition(bios, { ...own, nvram: null, disks: new Map() }));
    expect(copied.nvram).toBe(null);
    expect(copied.disks[0]).toMatchObject({ type: "volume", source: "default/debian-original.img" });
  });
});

describe("the definition of a copy of a guest that is described otherwise", () => {
  const guest = (devices: string, more = "") =>
    `<domain type='kvm'><name>a</name><uuid>${own.uuid}</uuid>${more}<devices>${devices}</devices></domain>`;
  const copied = (devices: string, more?: string) => copyDefinition(guest(devices, more), own);

  it("makes what is missing: a record, a driver, a hardware address; and no id that the source has not", () => {
    const copy = copied("<disk><target dev='vda'/></disk><disk/><interface type='user'/>");
    expect(copy).not.toContain("genid");
    const { metadata, disks, interfaces } = parseDomain(copy);
    expect(metadata).toMatchObject([{ namespace: "urn:mclu:built" }]);
    expect(disks[0]).toMatchObject({ source: "/pool/web1.qcow2", format: "qcow2" });
    expect(copy).toContain("<disk/>");
    expect(interfaces[0]?.mac).toMatch(/^52:54:00:/);
  });

  it("names a copied LUN as the disk that it is now", () => {
    const lun = "<disk type='block' device='lun'><source dev='/dev/sdb'/><target dev='vda'/></disk>";
    expect(parseDomain(copied(lun)).disks[0]).toMatchObject({ device: "disk", type: "file" });
    const privileged = copied(lun.replace("'lun'", "'lun' rawio='yes' sgio='unfiltered'"));
    expect(privileged).toContain('<disk type="file" device="disk">');
  });

  it.each([
    ["as libvirt 8.5 writes it", "<nvram type='file'><source file='/x'/></nvram>", '<source file="/nv"/>'],
    ["as older ones do", "<nvram>/x</nvram>", "<nvram>/nv</nvram>"],
    ["also where libvirt chose it", "<nvram template='/t'/>", '<nvram template="/t">/nv</nvram>'],
  ])("gives the file of its UEFI variables a path, %s", (_how, nvram, expected) => {
    const copy = copyDefinition(guest("", `<os>${nvram}</os>`), { ...own, nvram: "/nv" });
    expect(copy).toContain(expected);
  });

  it("leaves a channel that connects to a socket, and one that is none", () => {
    const connects = "<channel type='unix'><source mode='connect' path='/run/x'/></channel>";
    const copy = copied(`${connects}<channel type='spicevmc'><source path='/y'/></channel>`);
    expect(copy).toMatch(/mode="connect" path="\/run\/x".*path="\/y"/);
  });

  it("takes the addresses out of a filter's parameters, and nothing else", () => {
    const filter = "<filterref><parameter name='MAC' value='1'/><parameter value='2'/></filterref>";
    const copy = copied(`<interface>${filter}</interface>`);
    expect(copy).toContain('<filterref><parameter value="2"/></filterref>');
  });

  it("leaves a screen that nobody connects to, and lets libvirt find a place for every other", () => {
    const [socket, listens] = ["<listen type='socket' socket='/s'/>", "<listen type='address'/>"];
    const vnc = "<graphics type='vnc' socket='/s'>";
    const copy = copied(`<graphics type='sdl' display=':0'/>${vnc}${socket}</graphics>${vnc}${listens}</graphics>`);
    expect(copy).toContain('<graphics type="sdl" display=":0"/>');
    expect(copy).toContain('<graphics type="vnc"><listen type="socket"/></graphics>');
    expect(copy).toContain('<graphics type="vnc" port="-1" autoport="yes"><listen type="address"/></graphics>');
  });
});

it("leaves emulator and firmware variables' template to libvirt of another node, and to itself on its own", () => {
  const xml = source.replace("<devices>", "$&<emulator>/opt/qemu</emulator>");
  expect(copyDefinition(xml, own)).toMatch(/<emulator>.*/s);
  expect(copyDefinition(xml, own)).toContain("template=");
  const elsewhere = copyDefinition(xml, { ...own, elsewhere: true });
  expect(elsewhere).not.toMatch(/emulator|template=/);
  expect(parseDomain(elsewhere).nvram).toBe(own.nvram);
});
