import type { Query } from "./query.ts";

/** Seconds for sudo, which may ask a directory service, and for libvirt. */
const cap = 10;

/** Whether the login gets to libvirt by a sudo that asks for no password. */
export function sudoQuery(uri: string): Query<boolean> {
  return {
    steps: [{ run: ["sudo", "-n", "virsh", "-q", "-c", uri, "uri"], cap }],
    parse: ([answer]) => answer?.code === 0,
  };
}
