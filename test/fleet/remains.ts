import { execFileSync } from "node:child_process";

/**
 * What of a fleet is still on this machine: lines about namespaces, interfaces, routes, mounts and processes that have this
 * in them, such as a directory, or 0a5b00, which is 10.91.0 in hexadecimal.
 */
export function remains(trace: string): string {
  const look = "ip netns; ip -o link; ip route; cat /proc/mounts; ps -eo args";
  const lines = execFileSync("sh", ["-c", look], { encoding: "utf8", maxBuffer: 64 * 1024 * 1024 }).split("\n");
  return lines.filter((line) => line.includes(trace)).join("\n");
}
