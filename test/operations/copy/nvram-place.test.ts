import { expect, it } from "vitest";
import { nvramPlace } from "../../../src/operations/copy/nvram-place.ts";

it.each([
  ["/var/lib/libvirt/qemu/nvram/web1_VARS.fd", "/var/lib/libvirt/qemu/nvram/web1-ham1_VARS.fd"],
  ["/var/lib/libvirt/qemu/nvram/web1_VARS.qcow2", "/var/lib/libvirt/qemu/nvram/web1-ham1_VARS.qcow2"],
  ["/pool/of/ham0/web1.fd", "/pool/web1-ham1_VARS.fd"],
  ["/etc/cron.d/web1", "/pool/web1-ham1_VARS.fd"],
  ["/var/lib/libvirt/qemu/nvram/../../../../../etc/cron.d/web1", "/pool/web1-ham1_VARS.fd"],
  ["/var/lib/libvirt/qemu/nvram/x/web1", "/pool/web1-ham1_VARS.fd"],
])("UEFI variables at %s are copied to %s: libvirt's directory, or the pool's", (source, path) => {
  expect(nvramPlace(source, "/pool/web1-ham1")).toBe(path);
});
