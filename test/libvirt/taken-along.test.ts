import { expect, it } from "vitest";
import { hasArguments, hasNodeTpm, takenAlong } from "../../src/libvirt/taken-along.ts";
import { oddXml } from "../support/odd-guest.ts";

it.each([
  ["<serial type='file'><source path='/etc/cron.d/x'/></serial>", "serial", "/etc/cron.d/x"],
  ["<parallel type='pipe'><source path='/tmp/p'/></parallel>", "parallel", "/tmp/p"],
  ["<console type='dev'><source path='/dev/ttyS0'/></console>", "console", "/dev/ttyS0"],
  ["<channel type='unix'><source mode='connect' path='/run/x'/></channel>", "channel", "/run/x"],
  ["<console type='pty' tty='/dev/pts/1'><log file='/l'/></console>", "log of console", "/l"],
  [
    "<serial type='file'><source path='/var/lib/libvirt/../../../etc/x'/></serial>",
    "serial",
    "/var/lib/libvirt/../../../etc/x",
  ],
])("%s goes along", (xml, what, path) => {
  expect(takenAlong(oddXml(xml))).toEqual([{ what, path }]);
});

it.each([
  "<serial type='pty' tty='/dev/pts/1'><source path='/dev/pts/1'/></serial>",
  "<parallel type='file'><source path='/dev/null'/></parallel>",
  "<channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/channel/target/domain-1-a/org.qemu.guest_agent.0'/></channel>",
  "<channel type='spicevmc'/>",
  "<serial><source path='/x'/></serial>",
  "<console type='pty'><log file='/var/log/libvirt/qemu/a-serial.log'/></console>",
  "",
])("%s has nothing that is not libvirt's on every node", (xml) => {
  expect(takenAlong(oddXml(xml))).toEqual([]);
});

it("tells arguments for qemu from words", () => {
  const qemu = "='http://libvirt.org/schemas/domain/qemu/1.0'";
  expect(hasArguments(`<domain xmlns:qemu${qemu}><qemu:commandline/></domain>`)).toBe(true);
  expect(hasArguments(`<domain><\u00e9:commandline xmlns:\u00e9${qemu}/></domain>`)).toBe(true);
  expect(hasArguments(`<domain><override xmlns${qemu}/></domain>`)).toBe(true);
  expect(hasArguments("<domain><title>&lt;commandline></title></domain>")).toBe(false);
});

it("tells a TPM of the node from an emulated one, however it is written", () => {
  const tpm = (backend: string) => hasNodeTpm(oddXml(`<tpm>${backend}</tpm >`));
  expect(tpm("<backend version='2.0' type='passthrough'/>")).toBe(true);
  expect(tpm("<backend\n  type = 'external'/>")).toBe(true);
  expect(tpm("<backend type='emulator' version='2.0'/>")).toBe(false);
});
