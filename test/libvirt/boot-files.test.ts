import { expect, it } from "vitest";
import { bootFiles, choosesVariables, loaderOf, networkVariables, templateOf } from "../../src/libvirt/boot-files.ts";

it("reads what a guest starts from, and who brings it", () => {
  const xml = `<domain><os><type>hvm</type><loader type='pflash'>/fw/code.fd</loader>
<nvram template='/fw/vars.fd'>/nvram/web1</nvram><kernel>/boot/k</kernel><initrd>/boot/i</initrd><dtb>/boot/d</dtb>
<acpi><table type='slic'>/acpi/slic</table></acpi></os>
<devices><emulator>/usr/bin/qemu</emulator><disk type='file'><source file='/images/a'/></disk></devices></domain>`;
  const own = ["/boot/k", "/boot/i", "/boot/d", "/acpi/slic"].map((path) => ({ kind: "own", path }));
  const programs = ["/usr/bin/qemu", "/fw/vars.fd"].map((path) => ({ kind: "program", path }));
  expect(bootFiles(xml)).toEqual([...own, ...programs, { kind: "firmware", path: "/fw/code.fd" }]);
  expect(loaderOf(xml)).toBe("/fw/code.fd");
  expect(templateOf(xml)).toBe("/fw/vars.fd");
});

it("takes names that are no paths, and their absence, for nothing", () => {
  const xml = "<domain><os><loader>hvmloader</loader><kernel/></os></domain>";
  expect([bootFiles(xml), loaderOf("<domain/>")]).toEqual([[], null]);
});

it("reads where UEFI variables are that the network has", () => {
  const named = (type: string, source: string) =>
    networkVariables(`<domain><os><nvram type='${type}'>${source}</nvram></os></domain>`);
  expect(named("network", "<source protocol='iscsi' name='iqn.x:y/1'><host name='h'/></source>")).toBe(
    "iscsi:iqn.x:y/1",
  );
  expect(named("network", "<source/>")).toBe("network:");
  expect([named("network", ""), named("file", "<source file='/n/v'/>"), networkVariables("<domain/>")]).toEqual([
    ...[null, null, null],
  ]);
});

it.each<[string, boolean]>([
  ["<os firmware='efi'/>", true],
  ["<os firmware='efi'><nvram template='/fw/vars.fd'/></os>", true],
  ["<os firmware='efi'><nvram>/n/v</nvram></os>", false],
  ["<os firmware='efi'><nvram type='network'><source protocol='iscsi' name='n'/></nvram></os>", false],
  ["<os firmware='efi'><loader stateless='yes'/></os>", false],
  ["<os firmware='efi'><loader type='rom'/></os>", false],
  ["<os firmware='bios'/>", false],
  ["", false],
])("knows from %s whether libvirt chooses the file of UEFI variables: %s", (os, expected) => {
  expect(choosesVariables(`<domain>${os}</domain>`)).toBe(expected);
});
