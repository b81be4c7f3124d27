import type { GuestRow, ListReport } from "../operations/list.ts";
import type { RememberedGuest } from "../operations/remembered.ts";
import type { Listing } from "./output.ts";
import { formatSmallSize } from "./size.ts";
import { rememberedState, stateStyle } from "./state.ts";
import type { Cell, Column } from "./table.ts";
import { formatAge } from "./time.ts";

type Row = GuestRow | RememberedGuest;

const isRemembered = (row: Row): row is RememberedGuest => "active" in row;

/** What only a node that answers says. */
function current<Value extends Cell>(row: Row, value: (guest: GuestRow) => Value): Value | null {
  return isRemembered(row) ? null : value(row);
}

function duplicates(row: Row): string | null {
  return current(row, (guest) => guest.duplicate.map((what) => `duplicate ${what}`).join(", "));
}

const plainColumns: readonly Column<Row>[] = [
  { name: "name", value: (row) => row.name },
  { name: "node", value: (row) => row.node },
  {
    name: "state",
    value: (row) => (isRemembered(row) ? rememberedState(row.active) : row.state),
    color: (row, style) => (isRemembered(row) ? undefined : stateStyle(row.state, style)),
  },
  { name: "vcpus", value: (row) => current(row, (guest) => guest.vcpus), align: "right" },
  {
    name: "memory",
    value: (row) => current(row, (guest) => guest.memory),
    text: (row) => formatSmallSize(current(row, (guest) => guest.memory)),
    align: "right",
  },
  { name: "uuid", value: (row) => row.uuid, wide: true },
  { name: "note", value: duplicates, text: (row) => duplicates(row) ?? "", color: (_row, style) => style.warn },
  {
    name: "seen",
    value: (row) => (isRemembered(row) ? row.seen : null),
    text: (row) => (isRemembered(row) && row.seen !== null ? formatAge(row.seen, Date.now() / 1000) : ""),
    wide: true,
  },
];

const columns = plainColumns.map((column) => ({ ...column, color: rememberedDim(column) }));

function rememberedDim({ color }: Column<Row>): NonNullable<Column<Row>["color"]> {
  return (row, style) => (isRemembered(row) ? style.dim : color?.(row, style));
}

/**
 * The guests as every format shows them, behind them what silent nodes had; names alone would not say which is which, and
 * leave the latter out. The column of notes is there only when a guest needs it.
 */
export function guestListing(report: ListReport): Listing<Row> {
  const noted = report.guests.some(({ duplicate }) => duplicate.length > 0);
  return {
    kind: "list",
    report,
    rows: [...report.guests, ...(report.remembered ?? [])],
    columns: noted ? columns : columns.map((column) => (column.name === "note" ? { ...column, wide: true } : column)),
    name: (row) => (isRemembered(row) ? null : `${row.node}/${row.name}`),
  };
}
