import type { RememberedGuest } from "../operations/remembered.ts";
import type { NodeStatus, NodeTotals, StatusReport } from "../operations/status.ts";
import { renderBar } from "./bar.ts";
import { clean } from "./clean.ts";
import type { Listing } from "./output.ts";
import { formatSize } from "./size.ts";
import { rememberedState } from "./state.ts";
import type { Style } from "./style.ts";
import type { Column } from "./table.ts";
import { formatAge } from "./time.ts";

const label = (text: string) => `${text.padStart(33)} `;

/** mclu v2's layout, to the character: a line per node and its totals under it. */
export function renderStatus(report: StatusReport, style: Style): string {
  return report.nodes.map((node) => renderNode(node, style)).join("");
}

/** The lines of one node; `pending` while it has not answered. */
export function renderNode(status: NodeStatus | { node: string; state: "pending" }, style: Style): string {
  const head = (state: string) => `${style.name(clean(status.node).padEnd(24))} ${state}\n`;
  switch (status.state) {
    case "pending":
      return head(style.dim("..."));
    case "off":
      return head(style.off("off")) + remembered(status.remembered, style);
    case "failed": {
      const hint = `${" ".repeat(27)}try: ${clean(status.hint)}\n`;
      return head(style.failed(`failed: ${status.reason}`)) + hint + remembered(status.remembered, style);
    }
    case "on":
      return head(style.on("on")) + totals(status);
  }
}

/** What a node had when it last answered; where nobody knows of anything, nothing. */
function remembered(guests: readonly RememberedGuest[] = [], style: Style): string {
  const seen = guests[0]?.seen ?? null;
  if (seen === null) return "";
  const names = (active: boolean) => guests.filter((guest) => guest.active === active).map(({ name }) => clean(name));
  const line = (active: boolean) =>
    names(active).length > 0 ? [`${label(`${rememberedState(active)}:`)}${names(active).join(" ")}`] : [];
  const lines = [`${label("last seen:")}${formatAge(seen, Date.now() / 1000)}`, ...line(true), ...line(false)];
  return lines.map((text) => `${style.dim(text)}\n`).join("");
}

function totals({ cpus, memory, used, free, details }: NodeTotals): string {
  const lines = [`${label("total:")}${cpus}pcpus ${formatSize(memory)}`];
  if (used.guests > 0 || used.memory === null)
    lines.push(`${label("used:")}${used.vcpus ?? "-"}vcpus ${formatSize(used.memory)} by ${used.guests} guest(s)`);
  lines.push(`${label("free:")}${formatSize(free)}`);
  if (details) lines.push(...detailLines(details, cpus));
  return `${lines.join("\n")}\n`;
}

function detailLines(details: NonNullable<NodeTotals["details"]>, cpus: number): string[] {
  const { load, hostMemory, pool, networks, libvirt, hypervisor, kvm } = details;
  const inUse = hostMemory && 1 - hostMemory.available / hostMemory.total;
  const space = pool && `${formatSize(pool.available)} free of ${formatSize(pool.capacity)}`;
  const versions = [libvirt === null ? "-" : `libvirt ${libvirt}`, hypervisor ?? "-", kvm ? "KVM" : "no KVM"];
  return [
    `${label("cpu:")}${bar(load, (part) => `load ${(part * cpus).toFixed(1)} of ${cpus}`)}`,
    `${label("memory:")}${bar(inUse, (part) => `${Math.round(part * 100)}%`)}`,
    `${label("pool:")}${pool ? `${clean(pool.name)} ${pool.active ? space : "inactive"}` : "-"}`,
    `${label("networks:")}${networks === null ? "-" : networks.map(clean).join(" ") || "none active"}`,
    `${label("runs:")}${clean(versions.join(", "))}`,
  ];
}

/** A part of one as twenty characters and in words; more than the whole fills the bar. */
function bar(part: number | null, words: (part: number) => string): string {
  return part === null ? "-" : `${renderBar(part, 22)} ${words(part)}`;
}

const columns: readonly Column<NodeStatus>[] = [
  { name: "node", value: (node) => node.node },
  { name: "state", value: (node) => node.state },
  { name: "reason", value: (node) => (node.state === "failed" ? node.reason : null) },
  { name: "cpus", value: (node) => (node.state === "on" ? node.cpus : null), align: "right" },
  memoryColumn("memory", (node) => node.memory),
  { name: "guests", value: (node) => (node.state === "on" ? node.used.guests : null), align: "right" },
  { name: "used-vcpus", value: (node) => (node.state === "on" ? node.used.vcpus : null), align: "right" },
  memoryColumn("used-memory", (node) => node.used.memory),
  memoryColumn("free", (node) => node.free),
];

function memoryColumn(name: string, amount: (node: NodeTotals) => number | null): Column<NodeStatus> {
  const value = (node: NodeStatus) => (node.state === "on" ? amount(node) : null);
  return { name, value, text: (node) => formatSize(value(node)), align: "right" };
}

/** The nodes as a table, for csv, names and chosen columns. */
export function statusListing(report: StatusReport): Listing<NodeStatus> {
  return { kind: "status", report, rows: report.nodes, columns, name: (node) => node.node };
}
