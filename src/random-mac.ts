import { randomBytes } from "node:crypto";

/** A MAC of the range that qemu and KVM use for guests. */
export function randomMac(): string {
  return ["52", "54", "00", ...Array.from(randomBytes(3), (byte) => byte.toString(16).padStart(2, "0"))].join(":");
}
