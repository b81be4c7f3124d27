import { expect, it } from "vitest";
import { type ForeignFile, readForeignFiles } from "../../src/libvirt/foreign-files.ts";
import { oddXml } from "../support/odd-guest.ts";

const names = (xml: string, ...own: string[]): readonly ForeignFile[] => readForeignFiles(xml, new Set(own));
const booting = (more: string) => oddXml("").replace("</os>", `${more}</os>`);

it.each<[string, string, ForeignFile["use"], string]>([
  ["kernel", booting("<kernel>/boot/k</kernel>"), "read", "/boot/k"],
  ["initrd", booting("<initrd>/boot/k</initrd>"), "read", "/boot/k"],
  ["dtb", booting("<dtb>/boot/k</dtb>"), "read", "/boot/k"],
  ["table", booting("<acpi><table type='slic'>/boot/k</table></acpi>"), "read", "/boot/k"],
  ["loader", booting("<loader type='rom'>/boot/k</loader>"), "firmware", "/boot/k"],
  ["nvram", booting("<nvram>/boot/k</nvram>"), "other", "/boot/k"],
  ["cdrom sda", oddXml("<disk type='file' device='cdrom'><source file='/a'/><target dev='sda'/></disk>"), "read", "/a"],
  ["disk vdb", oddXml("<disk type='file'><source file='/a'/><target dev='vdb'/><readonly/></disk>"), "read", "/a"],
  ["disk vdb", oddXml("<disk type='block'><source dev='/a'/><target dev='vdb'/><readonly/></disk>"), "other", "/a"],
  [
    "floppy fda",
    oddXml("<disk type='file' device='floppy'><source file='/a'/><target dev='fda'/></disk>"),
    "other",
    "/a",
  ],
  ["cdrom sda", oddXml("<disk device='cdrom'><source pool='p' volume='v'/><target dev='sda'/></disk>"), "other", "p/v"],
  ["serial", oddXml("<serial type='file'><source path='/etc/cron.d/x'/></serial>"), "other", "/etc/cron.d/x"],
  ["serial", oddXml("<serial type='file'><source path='etc/cron.d/x'/></serial>"), "other", "etc/cron.d/x"],
  [
    "cdrom sda",
    oddXml("<disk type='file' device='cdrom'><source file='etc/x'/><target dev='sda'/></disk>"),
    "other",
    "etc/x",
  ],
  ["serial", oddXml("<serial type='pty'/><serial type='tcp'><log file='/l'/></serial>"), "other", "/l"],
  [
    "console",
    oddXml("<console type='pty' tty='/dev/pts/1'><source path='/dev/pts/1'/><log file='/l' append='on'/></console>"),
    "other",
    "/l",
  ],
  [
    "cdrom sda",
    oddXml("<disk type='block' device='cdrom'><source dev='dev/sda'/><target dev='sda'/></disk>"),
    "other",
    "dev/sda",
  ],
  [
    "sysinfo",
    booting("").replace("</os>", "</os><sysinfo type='fwcfg'><entry name='opt/x' file='/etc/shadow'/></sysinfo>"),
    "other",
    "/etc/shadow",
  ],
  ["interface", oddXml("<interface type='ethernet'><script path='bin/x'/></interface>"), "other", "bin/x"],
  ["interface", oddXml("<interface type='ethernet'><script path='/bin/x'/></interface>"), "other", "/bin/x"],
  ["emulator", oddXml("<emulator>/usr/bin/qemu</emulator>"), "other", "/usr/bin/qemu"],
])("finds the %s of %s", (what, xml, use, path) => {
  expect(names(xml)).toEqual([{ what, path, use }]);
  expect(names(xml, path)).toEqual([]);
});

it("finds nothing in words, in terminals, in what every node has", () => {
  const harmless = "<rng><backend model='random'>/dev/urandom</backend></rng><console type='pty' tty='/dev/pts/1'/>";
  const card = "<interface type='direct'><source dev='eth0' mode='bridge'/></interface>";
  const words =
    "<title>/t</title><sysinfo type='smbios'><system><entry name='sku'>/s</entry></system></sysinfo><metadata><a:b xmlns:a='urn:a'>/m</a:b></metadata><resource><partition>/machine</partition></resource>";
  expect(names(oddXml(harmless + card).replace("</name>", `$&${words}`))).toEqual([]);
});
