import type { AddressRow, IpReport } from "../operations/ip.ts";
import { sourceText } from "./info.ts";
import type { Listing } from "./output.ts";
import type { Column } from "./table.ts";

const columns: readonly Column<AddressRow>[] = [
  { name: "name", value: ({ name }) => name },
  { name: "node", value: ({ node }) => node },
  { name: "address", value: ({ address }) => address },
  { name: "source", value: ({ source }) => source, text: ({ source }) => (source ? sourceText(source) : "-") },
  { name: "mac", value: ({ mac }) => mac },
  { name: "network", value: ({ network }) => network },
  { name: "interface", value: ({ interface: card }) => card },
  { name: "family", value: ({ family }) => family, wide: true },
  { name: "prefix", value: ({ prefix }) => prefix, wide: true, align: "right" },
  { name: "uuid", value: ({ uuid }) => uuid, wide: true },
  {
    name: "note",
    value: ({ reason }) => reason,
    text: ({ reason }) => reason ?? "",
    color: (_row, style) => style.dim,
  },
];

/** The addresses as every format shows them; `-o name` prints nothing but addresses. */
export function addressListing(report: IpReport): Listing<AddressRow> {
  const noted = report.addresses.some(({ reason }) => reason !== null);
  return {
    kind: "ip",
    report,
    rows: report.addresses,
    columns: noted ? columns : columns.map((column) => (column.name === "note" ? { ...column, wide: true } : column)),
    name: ({ address }) => address,
  };
}
