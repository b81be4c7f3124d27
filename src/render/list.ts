import type { GuestRow, ListReport } from "../operations/list.ts";
import type { Listing } from "./output.ts";
import { formatSmallSize } from "./size.ts";
import { stateStyle } from "./state.ts";
import type { Column } from "./table.ts";

const columns: readonly Column<GuestRow>[] = [
  { name: "name", value: (guest) => guest.name },
  { name: "node", value: (guest) => guest.node },
  { name: "state", value: (guest) => guest.state, color: ({ state }, style) => stateStyle(state, style) },
  { name: "vcpus", value: (guest) => guest.vcpus, align: "right" },
  { name: "memory", value: (guest) => guest.memory, text: (guest) => formatSmallSize(guest.memory), align: "right" },
  { name: "uuid", value: (guest) => guest.uuid, wide: true },
  {
    name: "note",
    value: (guest) => guest.duplicate.map((what) => `duplicate ${what}`).join(", "),
    text: (guest) => guest.duplicate.map((what) => `duplicate ${what}`).join(", "),
    color: (_guest, style) => style.warn,
  },
];

/** The guests as every format shows them. The last column is there only when a guest needs it. */
export function guestListing(report: ListReport): Listing<GuestRow> {
  const noted = report.guests.some(({ duplicate }) => duplicate.length > 0);
  return {
    kind: "list",
    report,
    rows: report.guests,
    columns: noted ? columns : columns.map((column) => (column.name === "note" ? { ...column, wide: true } : column)),
    name: (guest) => `${guest.node}/${guest.name}`,
  };
}
