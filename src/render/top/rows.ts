import type { RememberedGuest } from "../../operations/remembered.ts";
import type { Load } from "../../operations/top/load.ts";
import type { TopGuest, TopNode, TopReport } from "../../operations/top/report.ts";
import { clean } from "../clean.ts";
import { rememberedState, stateStyle } from "../state.ts";
import type { Style } from "../style.ts";
import { formatAge, formatDuration } from "../time.ts";
import { cutDisplay, padDisplay } from "../width.ts";
import type { Scale, TopColumn } from "./columns.ts";

/** Between a name and words. */
const gap = "  ";

export interface RowStyle {
  readonly columns: readonly TopColumn[];
  readonly nameWidth: number;
  readonly screenWidth: number;
  readonly scale: Scale;
  readonly style: Style;
  /** Seconds since 1970. */
  readonly now: number;
  /** Seconds after which a node that has not answered again is said not to. */
  readonly patience: number;
}

export function headingRow({ columns, nameWidth, style }: RowStyle): string {
  return style.heading("NAME".padEnd(nameWidth) + columns.map(({ heading }) => heading).join(""));
}

export function nodeRow(node: TopNode, row: RowStyle): string {
  const { style, now, patience } = row;
  const name = clean(node.node);
  switch (node.state) {
    case "pending":
      return wordsRow(name, "...", row, style.dim);
    case "off":
      return wordsRow(name, node.seen === null ? "off" : `off, last seen ${formatAge(node.seen, now)}`, row, style.off);
    case "failed":
      return wordsRow(name, clean(`failed: ${node.reason}; try: ${node.hint}`), row, style.failed);
    case "on": {
      const waiting = now - node.seen;
      if (waiting > patience) return wordsRow(name, `no answer for ${formatDuration(waiting)}`, row, style.dim);
      return nameCell(name, row, style.name) + cells(node, row, true);
    }
  }
}

export function guestRow(guest: TopGuest, row: RowStyle): string {
  const { node, name, state } = guest;
  const place = clean(`${node}/${name}`);
  if (state === "running") return nameCell(place, row) + cells(guest, row, false);
  return wordsRow(place, state ?? "-", row, stateStyle(state, row.style));
}

export function rememberedRow({ node, name, active, seen }: RememberedGuest, row: RowStyle): string {
  const when = seen === null ? "" : ` ${formatAge(seen, row.now)}`;
  return wordsRow(clean(`${node}/${name}`), `${rememberedState(active)}${when}`, row, row.style.dim);
}

/** What the bars of rates are full at: the largest rate there is, and no less than 1 MiB/s. */
export function scaleOf({ guests, nodes }: TopReport): Scale {
  let [disk, network] = [1024 ** 2, 1024 ** 2];
  for (const row of [...nodes, ...guests]) {
    if (!("disk" in row)) continue;
    disk = Math.max(disk, (row.disk.read ?? 0) + (row.disk.written ?? 0));
    network = Math.max(network, (row.network.received ?? 0) + (row.network.sent ?? 0));
  }
  return { disk, network };
}

function cells(load: Load, { columns, scale, style }: RowStyle, isNode: boolean): string {
  return columns.map((column) => column.cell(load, { scale, style, isNode })).join("");
}

function nameCell(name: string, { nameWidth }: RowStyle, paint = (text: string) => text): string {
  return paint(padDisplay(cutDisplay(name, nameWidth), nameWidth));
}

/** A name and, where the numbers would be, words. */
function wordsRow(name: string, words: string, row: RowStyle, paint: (text: string) => string): string {
  return paint(cutDisplay(nameCell(name, row) + gap + words, row.screenWidth));
}
