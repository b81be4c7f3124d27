import type { DiskRow } from "../operations/disk/list.ts";
import type { SnapshotInfo } from "../operations/guest-info.ts";
import type { DeviceList, DeviceRow } from "../operations/list-devices.ts";
import type { NicRow } from "../operations/nic/list.ts";
import { clean } from "./clean.ts";
import { placeText } from "./disk-place.ts";
import type { Listing } from "./output.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import type { Column } from "./table.ts";
import { formatTime } from "./time.ts";

/** A device and its guest. */
type Row<T> = T & { readonly guest: string; readonly node: string; readonly live: boolean };

/** The disks of guests, a line each. */
export function diskListing(report: DeviceList<DiskRow>): Listing<Row<DiskRow>> {
  return listing("disk-list", report, ({ target }) => target, [
    { name: "disk", value: ({ target }) => target },
    { name: "device", value: ({ device }) => device },
    { name: "bus", value: ({ bus }) => bus },
    { name: "format", value: ({ format }) => format },
    { name: "size", value: ({ capacity }) => capacity, text: ({ capacity }) => formatBytes(capacity), align: "right" },
    {
      name: "used",
      value: ({ allocation }) => allocation,
      text: ({ allocation }) => formatBytes(allocation),
      align: "right",
    },
    { name: "source", value: ({ source }) => source, text: (row) => placeText(row) ?? "-" },
    when,
  ]);
}

/** The network cards of guests, a line each. */
export function nicListing(report: DeviceList<NicRow>): Listing<Row<NicRow>> {
  return listing("nic-list", report, ({ mac }) => mac ?? "", [
    { name: "mac", value: ({ mac }) => mac },
    { name: "type", value: ({ type }) => type },
    { name: "network", value: ({ source }) => source },
    { name: "model", value: ({ model }) => model },
    { name: "link", value: ({ link }) => link, color: ({ link }, style) => (link === "down" ? style.warn : undefined) },
    { name: "target", value: ({ target }) => target },
    when,
  ]);
}

/** The snapshots of guests, a line each. */
export function snapshotListing(report: DeviceList<SnapshotInfo>): Listing<Row<SnapshotInfo>> {
  return listing("snapshot-list", report, ({ name }) => name, [
    { name: "snapshot", value: ({ name }) => name },
    { name: "created", value: ({ created }) => created, text: ({ created }) => formatTime(created) },
    { name: "state", value: ({ state }) => state },
    { name: "kind", value: ({ kind }) => kind },
    { name: "parent", value: ({ parent }) => parent },
    { name: "current", value: ({ current }) => current },
    { name: "description", value: ({ description }) => description },
  ]);
}

function listing<T>(
  kind: string,
  report: DeviceList<T>,
  nameOf: (row: Row<T>) => string,
  columns: readonly Column<Row<T>>[],
): Listing<Row<T>> {
  const rows = report.guests.flatMap(({ node, name, live, devices }) =>
    (devices ?? []).map((device): Row<T> => ({ ...device, guest: name, node, live })),
  );
  return {
    kind,
    report,
    rows,
    columns: [
      { name: "guest", value: ({ node, guest }) => `${node}/${guest}`, color: (_, style) => style.name },
      ...columns,
    ],
    name: (row) => `${row.node}/${row.guest} ${nameOf(row)}`,
  };
}

const when: Column<Row<DeviceRow>> = { name: "when", value: whenOf };

function whenOf({ now, next, live }: Row<DeviceRow>): string | null {
  if (!live || (now && next)) return null;
  return now ? "until it stops" : "from the next start";
}

/** For stderr: guests that could not be looked at. */
export function renderUnseen({ guests }: DeviceList<unknown>, style: Style): string {
  return guests
    .flatMap(({ node, name, problem }) =>
      problem === null ? [] : [`${style.failed("error:")} ${clean(`${node}/${name}`)}: ${clean(problem)}\n`],
    )
    .join("");
}
