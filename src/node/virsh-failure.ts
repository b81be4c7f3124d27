import { failed } from "./failure.ts";
import type { FramedStep } from "./script.ts";

/**
 * Throws NodeError where virsh could not ask libvirt, for the reason that the node itself found, and where another program was
 * cut short.
 * @param on the node
 * @param said virsh's own last word, may be empty
 */
export function refuseFailed(on: string, { cause, code }: FramedStep, said: string): void {
  switch (cause) {
    case undefined:
    case "none":
      return;
    case "no-libvirt":
      throw failed("no-libvirt", "virsh is not installed there", `mclu exec ${on} -- apt-get install libvirt-clients`);
    case "slow":
      throw failed("slow", "virsh did not answer in time", `mclu exec ${on} -- systemctl status libvirtd`);
    case "late":
      throw failed("slow", "a program there did not come to its end in time", `mclu exec ${on} -- uptime`);
    case "killed":
      throw failed("lost", `virsh was ended by signal ${code - 128} there`, `mclu exec ${on} -- dmesg`);
    case "broken":
      throw failed("no-libvirt", said || "virsh cannot be run there", `mclu exec ${on} -- virsh --version`);
    case "libvirt-down":
    case "virtqemud-down": {
      const daemon = cause === "libvirt-down" ? "libvirtd" : "virtqemud";
      throw failed("libvirt-down", said || "libvirt does not answer", `mclu exec ${on} -- systemctl start ${daemon}`);
    }
    case "denied":
    case "read-only":
      throw failed("denied", said || "libvirt's socket is closed to this user", `set become = sudo in [node.${on}]`);
  }
}

/**
 * Throws NodeError where libvirtd went away while virsh asked it. virsh connects anew for the next command, and ends well
 * where that succeeds: what failed in between would read as "there is none".
 * @param complaints stderr of all that was asked
 */
export function refuseInterrupted(on: string, complaints: string): void {
  if (
    complaints
      .split("\n")
      .some((line) => /^error: (?:Disconnected from .* due to |Reconnected to the hypervisor)/.test(line))
  )
    throw failed("libvirt-down", "libvirtd ended, or was started again, while it was asked", `mclu status ${on}`);
}
