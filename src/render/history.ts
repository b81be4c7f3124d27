import type { HistoryReport } from "../operations/history.ts";
import type { Listing } from "./output.ts";
import { formatSeconds, formatTime } from "./time.ts";

type Row = HistoryReport["entries"][number];

/** What each command calls its success. */
const done: ReadonlySet<string> = new Set(["done", "built", "cloned", "copied", "exported", "moved"]);

export function historyListing(report: HistoryReport): Listing<Row> {
  return {
    kind: "history",
    report,
    rows: report.entries,
    columns: [
      { name: "time", value: ({ time }) => time, text: ({ time }) => formatTime(time) },
      { name: "user", value: ({ user }) => user },
      { name: "command", value: ({ command }) => command },
      { name: "node", value: ({ node }) => node },
      // a node's own entry has no guest
      { name: "guest", value: ({ guest }) => guest || null },
      {
        name: "outcome",
        value: ({ outcome }) => outcome,
        color: ({ outcome }, style) => (done.has(outcome) ? style.on : style.warn),
      },
      {
        name: "seconds",
        value: ({ seconds }) => seconds,
        text: ({ seconds }) => formatSeconds(seconds),
        align: "right",
      },
      { name: "uuid", value: ({ uuid }) => uuid, wide: true },
    ],
    name: ({ node, guest }) => (guest === "" ? node : `${node}/${guest}`),
  };
}
