import type { RememberedGuest } from "../../operations/remembered.ts";
import type { Load } from "../../operations/top/load.ts";
import type { TopGuest, TopNode, TopReport } from "../../operations/top/report.ts";
import type { Listing } from "../output.ts";
import { formatShort, formatSmallSize } from "../size.ts";
import { stateStyle } from "../state.ts";
import type { Style } from "../style.ts";
import type { Column } from "../table.ts";
import { formatTime } from "../time.ts";

/** A node, a guest, or a guest that a silent node had. */
type Row =
  | { readonly kind: "node"; readonly of: TopNode }
  | { readonly kind: "guest"; readonly of: TopGuest }
  | { readonly kind: "remembered"; readonly of: RememberedGuest };

/** The table of one look: nodes above their guests in the order of the report. */
export function topListing(report: TopReport, seconds: number): Listing<Row> {
  return {
    kind: "top",
    report: { seconds, ...report },
    rows: [
      ...report.nodes.map((of) => ({ kind: "node", of }) as const),
      ...report.guests.map((of) => ({ kind: "guest", of }) as const),
      ...report.remembered.map((of) => ({ kind: "remembered", of }) as const),
    ],
    columns,
    name: (row) => (row.kind === "guest" ? `${row.of.node}/${row.of.name}` : null),
  };
}

function loadOf({ of }: Row): Load | null {
  return "cpu" in of ? of : null;
}

function stateOf(row: Row): string | null {
  return row.kind === "remembered" ? `was ${row.of.active ? "running" : "off"}` : row.of.state;
}

function stateColor(row: Row, style: Style) {
  if (row.kind === "guest") return stateStyle(row.of.state, style);
  if (row.kind === "remembered") return style.dim;
  return row.of.state === "on" ? style.on : row.of.state === "failed" ? style.failed : style.off;
}

/** Bytes, or bytes a second. */
function amount(name: string, of: (load: Load) => number | null, text = formatShort): Column<Row> {
  const value = (row: Row) => {
    const load = loadOf(row);
    return load && of(load);
  };
  return { name, value: (row) => whole(value(row)), text: (row) => text(value(row)), align: "right" };
}

function whole(value: number | null): number | null {
  return value === null ? null : Math.round(value);
}

const columns: readonly Column<Row>[] = [
  { name: "node", value: ({ of }) => of.node },
  { name: "guest", value: (row) => (row.kind === "node" ? null : row.of.name) },
  { name: "state", value: stateOf, color: stateColor },
  {
    name: "cpu",
    value: (row) => hundredths(loadOf(row)?.cpu ?? null),
    text: (row) => loadOf(row)?.cpu?.toFixed(2) ?? "-",
    align: "right",
  },
  { name: "cpus", value: (row) => loadOf(row)?.cpus ?? null, align: "right" },
  amount("used", ({ memory }) => memory.used, formatSmallSize),
  amount("memory", ({ memory }) => memory.total, formatSmallSize),
  amount("read", ({ disk }) => disk.read),
  amount("written", ({ disk }) => disk.written),
  amount("received", ({ network }) => network.received),
  amount("sent", ({ network }) => network.sent),
  {
    name: "seen",
    value: ({ of }) => ("seen" in of ? whole(of.seen) : null),
    text: ({ of }) => formatTime("seen" in of ? of.seen : null),
    wide: true,
  },
];

function hundredths(value: number | null): number | null {
  return value === null ? null : Math.round(value * 100) / 100;
}
