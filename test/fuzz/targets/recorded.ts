/** Output of virsh 9.0 as it was recorded, short enough to be changed a hundred thousand times. */

export const uuid = (number: number) => `187751d3-318d-40e8-b84a-${number.toString(16).padStart(12, "0")}`;

export const names = `${uuid(1)} web1
${uuid(2)} it's "quoted" \\ back
${uuid(3)} 3

`;

export const stats = `Domain: 'web1'
  state.state=1
  state.reason=1
  cpu.time=4300000000
  balloon.current=131072
  balloon.maximum=131072
  balloon.rss=200000
  vcpu.current=1
  vcpu.maximum=2
  net.count=1
  net.0.name=vnet0
  net.0.rx.bytes=1234
  net.0.tx.bytes=99

`;

export const nodeInfo = `CPU model:           x86_64
CPU(s):              4
CPU frequency:       2600 MHz
CPU socket(s):       1
Core(s) per socket:  2
Thread(s) per core:  2
NUMA cell(s):        1
Memory size:         8143532 KiB

`;

export const dominfo = `Id:             1
Name:           web1
UUID:           ${uuid(1)}
OS Type:        hvm
State:          running
CPU(s):         1
CPU time:       4.3s
Max memory:     131072 KiB
Used memory:    131072 KiB
Persistent:     yes
Autostart:      disable
Managed save:   no
`;

export const leaseTable = ` Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID
--------------------------------------------------------------------------------------------------------
 2026-11-21 12:03:16   52:54:00:39:49:5c   ipv4       192.168.122.235/24   tiny       01:52:54:00:39:49:5c
`;

export const addressTable = ` Name       MAC address          Protocol     Address
-------------------------------------------------------------------------------
 lo         00:00:00:00:00:00    ipv4         127.0.0.1/8
 ens3       52:54:00:a8:cc:d0    ipv4         192.168.122.135/24
 Ethernet 2 52:54:00:a8:cc:d1    ipv6         2001:db8::2/64
`;

export const domain = `<domain type='qemu' id='3'><name>rich</name><uuid>${uuid(1)}</uuid><title>A &lt;guest&gt;</title>
<metadata><l:libosinfo xmlns:l="http://libosinfo.org/xmlns/libvirt/domain/1.0"><l:os id="http://debian.org/debian/12"/></l:libosinfo></metadata>
<memory unit='KiB'>262144</memory><vcpu placement='static' current='1'>4</vcpu>
<os><type arch='x86_64' machine='pc-q35-7.2'>hvm</type><boot dev='hd'/></os><devices>
<disk type='file' device='disk'><driver type='qcow2'/><source file='/a.qcow2'/><backingStore type='file'><format type='raw'/><source file='/b'/><backingStore/></backingStore><target dev='vda' bus='virtio'/><boot order='1'/></disk>
<interface type='network'><mac address='52:54:00:39:49:5c'/><source network='default'/><target dev='vnet0'/></interface>
<serial type='pty'><source path='/dev/pts/1'/><target type='isa-serial' port='0'/></serial>
<channel type='unix'><target name='org.qemu.guest_agent.0' state='connected'/></channel>
<graphics type='vnc' port='-1' autoport='yes'><listen address='127.0.0.1'/></graphics>
<hostdev type='usb'><source><vendor id='0x1d6b'/><product id='0x2'/></source></hostdev></devices></domain>`;

export const volume = `<volume type='file'><name>v</name><capacity unit='bytes'>67108864</capacity><allocation unit='bytes'>200704</allocation>
<target><path>/i/v.qcow2</path><format type='qcow2'/></target><backingStore><path>/i/b</path><format type='raw'/></backingStore></volume>`;

export const snapshot = `<domainsnapshot><name>first</name><description>the first</description><state>running</state><parent><name>base</name></parent>
<creationTime>1795259010</creationTime><memory snapshot='internal'/><disks><disk name='vda' snapshot='external'/></disks></domainsnapshot>`;

/** A small one, for most inputs: real ones of 5 kB are among the seeds. */
export const smallDomain = `<domain type='kvm'><name>a</name><memory unit='KiB'>1</memory><vcpu current='1'>2</vcpu><devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>`;

export const capabilities = `<domainCapabilities><path>/q</path><domain>qemu</domain><machine>pc</machine><arch>x86_64</arch><cpu><mode name='maximum' supported='yes'/></cpu><devices><graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics><video supported='yes'><enum name='modelType'><value>vga</value></enum></video><tpm supported='yes'><enum name='backendModel'><value>emulator</value></enum></tpm></devices></domainCapabilities>`;

export const smallPool = "<pool type='dir'><name>default</name><target><path>/i</path></target></pool>";

export const poolInfo =
  "Name:           default\nState:          running\nAutostart:      yes\nCapacity:       1000\nAllocation:     100\nAvailable:      900\n";

/** What virsh says last, where it got through to the end. */
export const uri = "qemu:///system\n";
