import { randomBytes } from "node:crypto";

/** A hardware address, locally administered, in qemu's own range. */
export function randomMac(): string {
  return ["52", "54", "00", ...Array.from(randomBytes(3), (byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
