import { bytesOfKib, wholeNumber } from "./number.ts";
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
  const cpus = wholeNumber(labels.get("CPU(s)"));
  const memory = bytesOfKib(labels.get("Memory size"));
  if (cpus === null) throw unexpected("CPU(s)", labels, text);
  if (memory === null) throw unexpected("Memory size", labels, text);
  return { cpus, memory };
}

/** With the line that is not as it should be; where there is none, with how the text begins. */
function unexpected(label: string, labels: ReadonlyMap<string, string>, text: string): UnexpectedOutput {
  const value = labels.get(label);
  return new UnexpectedOutput("virsh nodeinfo", value === undefined ? text : `${label}: ${value}`);
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
