import type { GcItem, GcKept, GcPlan, GcReport } from "../operations/gc.ts";
import { clean } from "./clean.ts";
import { formatBytes } from "./size.ts";

/** What would be removed, and what would not; nothing at all where no node told. */
export function renderGcPlan({ items, kept, nodes }: GcPlan): string {
  const lines = items.map((item) => `remove ${clean(item.node)}: ${describe(item)}: ${clean(item.reason)}\n`);
  const none = items.length === 0 && nodes.some(({ state }) => state === "on");
  return `${lines.join("")}${renderKept(kept)}${none ? "nothing to remove\n" : ""}`;
}

/** What was removed, and what was not. */
export function renderGcResult({ removed, kept }: GcReport): string {
  const lines = removed.map(({ node, path }) => `removed ${clean(node)}: ${clean(path)}\n`);
  return `${lines.join("")}${renderKept(kept)}`;
}

function renderKept(kept: readonly GcKept[]): string {
  return kept.map(({ node, path, reason }) => `keep ${clean(node)}: ${clean(path)}: ${clean(reason)}\n`).join("");
}

function describe({ kind, path, size }: GcItem): string {
  if (kind === "reservation") return `the reservation of ${clean(path)}`;
  return `${clean(path)} (${kind === "job" ? "job, " : ""}${formatBytes(size)})`;
}
