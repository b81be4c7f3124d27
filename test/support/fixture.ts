import { readFileSync } from "node:fs";

/** Output that a real virsh or qemu-img printed, from test/libvirt/fixtures. */
export function fixture(name: string): string {
  return readFileSync(new URL(`../libvirt/fixtures/${name}`, import.meta.url), "utf8");
}
