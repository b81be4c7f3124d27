import { UnexpectedOutput } from "./query.ts";

export interface NodeInfo {
  /** Logical CPUs. */
  readonly cpus: number;
  /** Bytes. */
  readonly memory: number;
}

/** Reads `virsh nodeinfo`, by label. */
export function parseNodeInfo(text: string): NodeInfo {
  const labels = parseLabels(text);
  const cpus = /^(\d+)$/.exec(labels.get("CPU(s)") ?? "")?.[1];
  const kib = /^(\d+) KiB$/.exec(labels.get("Memory size") ?? "")?.[1];
  if (cpus === undefined || kib === undefined) throw new UnexpectedOutput("virsh nodeinfo", text);
  return { cpus: Number(cpus), memory: Number(kib) * 1024 };
}

/** `Label:   value` lines, as nodeinfo, dominfo, pool-info and net-info print them. */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([^:]+):\s*(.*)$/s.exec(line);
    if (match?.[1] !== undefined && match[2] !== undefined) labels.set(match[1].trimEnd(), match[2].trimEnd());
  }
  return labels;
}
