import type { NodeListReport, NodeRow } from "../operations/node-list.ts";
import type { Listing } from "./output.ts";
import { formatSize } from "./size.ts";
import type { Column } from "./table.ts";

const columns: readonly Column<NodeRow>[] = [
  { name: "node", value: ({ node }) => node },
  {
    name: "state",
    value: ({ status }) => (status.state === "failed" ? `failed: ${status.reason}` : status.state),
    color: ({ status }, style) => style[status.state],
  },
  { name: "guests", value: ({ status }) => (status.state === "on" ? status.used.guests : null), align: "right" },
  {
    name: "free",
    value: ({ status }) => (status.state === "on" ? status.free : null),
    text: ({ status }) => formatSize(status.state === "on" ? status.free : null),
    align: "right",
  },
  { name: "weight", value: ({ weight }) => weight, align: "right" },
  { name: "groups", value: ({ groups }) => groups.join(" ") },
  { name: "host", value: hostOf },
  { name: "transport", value: ({ transport }) => transport, wide: true },
  { name: "become", value: ({ become }) => become, wide: true },
  { name: "uri", value: ({ uri }) => uri, wide: true },
  { name: "mac", value: ({ mac }) => mac, wide: true },
];

/** As it may be typed in mclu.conf: an IPv6 address in brackets, where a port would else be a part of it. */
function hostOf({ host, user, port }: NodeRow): string {
  const place = host.includes(":") ? `[${host}]` : host;
  return `${user ? `${user}@` : ""}${place}${port ? `:${port}` : ""}`;
}

export function nodeListing(report: NodeListReport): Listing<NodeRow> {
  return { kind: "node-list", report, rows: report.nodes, columns, name: ({ node }) => node };
}
