import type { DumpReport, NodeDump } from "../operations/dump.ts";
import { clean } from "./clean.ts";

/** What was written, a line for each node that answered. */
export function renderDump(report: DumpReport): string {
  return report.nodes.flatMap((node) => (node.state === "on" ? [`${nodeLine(node)}\n`] : [])).join("");
}

function nodeLine(node: Extract<NodeDump, { state: "on" }>): string {
  const counts = [
    count(node.guests.length, "guest"),
    count(node.networks.length, "network"),
    count(node.pools.length, "pool"),
  ];
  const gone = node.gone.length > 0 ? `; gone meanwhile: ${node.gone.join(", ")}` : "";
  return clean(`${node.node}: ${counts.join(", ")}${gone}`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
