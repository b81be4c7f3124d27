import type { ImageListReport, ImageRow } from "../operations/image-list.ts";
import type { Listing } from "./output.ts";

/** The images as every format shows them. */
export function imageListing(report: ImageListReport): Listing<ImageRow> {
  return {
    kind: "image-list",
    report,
    rows: report.images,
    columns: [
      { name: "name", value: (row) => row.name },
      { name: "host", value: (row) => row.host },
      { name: "image", value: (row) => row.image, wide: true },
      { name: "disks", value: (row) => row.disks.join(" "), wide: true },
      { name: "state", value: (row) => row.state, wide: true },
      { name: "uuid", value: (row) => row.uuid, wide: true },
    ],
    name: (row) => `${row.host}/${row.name}`,
  };
}
