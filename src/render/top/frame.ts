import type { TopReport } from "../../operations/top/report.ts";
import { clean } from "../clean.ts";
import type { Style } from "../style.ts";
import { formatTime } from "../time.ts";
import { cutDisplay, displayWidth } from "../width.ts";
import { columnsFor, widthOf } from "./columns.ts";
import { guestRow, headingRow, nodeRow, type RowStyle, rememberedRow, scaleOf } from "./rows.ts";
import type { TopView } from "./view.ts";

export interface FrameOptions {
  readonly size: { readonly columns: number; readonly rows: number };
  readonly style: Style;
  /** Seconds since 1970. */
  readonly now: number;
  /** From one look at a node to the next. */
  readonly seconds: number;
  /** How many guests there are, those that are filtered out too. */
  readonly guests: number;
}

export interface Frame {
  /** As many lines as the screen has at most, none wider than it. */
  readonly lines: readonly string[];
  /** The view's, where there is so much to scroll. */
  readonly offset: number;
}

/** The whole screen of the live view. */
export function renderFrame(report: TopReport, view: TopView, options: FrameOptions): Frame {
  const { size, style } = options;
  const row = rowStyle(report, options);
  const room = Math.max(0, size.rows - 3);
  const { lines, offset } = body(report, view, row, room);
  const all = [title(report, view, options), headingRow(row), ...lines];
  while (all.length < size.rows - 1) all.push("");
  // a screen of hardly any height still has its last line
  return { lines: [...all.slice(0, Math.max(0, size.rows - 1)), footer(view, size.columns, style)], offset };
}

function rowStyle(report: TopReport, { size, style, now, seconds }: FrameOptions): RowStyle {
  const names = [
    ...report.nodes.map(({ node }) => node),
    ...[...report.guests, ...report.remembered].map(({ node, name }) => `${node}/${name}`),
  ];
  const longest = names.reduce((width, name) => Math.max(width, displayWidth(clean(name))), 4);
  const columns = columnsFor(size.columns, longest);
  const nameWidth = Math.max(1, Math.min(longest, size.columns - widthOf(columns)));
  const patience = Math.max(5, 3 * seconds);
  return { columns, nameWidth, screenWidth: size.columns, scale: scaleOf(report), style, now, patience };
}

function title({ nodes, guests, remembered }: TopReport, view: TopView, options: FrameOptions): string {
  const { size, style, now, seconds } = options;
  const on = nodes.filter(({ state }) => state === "on").length;
  const shown = guests.length + remembered.length;
  const said = [
    `nodes ${on}/${nodes.length}`,
    `guests ${shown === options.guests ? shown : `${shown}/${options.guests}`}`,
    `by ${view.sort}`,
    ...(view.running ? ["running"] : []),
    ...(view.filter === "" || view.typing ? [] : [`filter: ${clean(view.filter)}`]),
  ];
  // on a narrow screen what the user has chosen outlasts what never changes
  const whole = ["mclu top", ...said, `every ${seconds}s`].join("  ");
  const fitting = displayWidth(whole) > size.columns ? said.join("  ") : whole;
  const left = cutDisplay(fitting, size.columns);
  const time = formatTime(now).slice(-8);
  const between = size.columns - displayWidth(left) - time.length;
  return style.heading(between < 2 ? left : left + " ".repeat(between) + time);
}

const keys = [
  "q quit  c cpu  m memory  d disk  n network  N name  r running  / filter  Tab nodes, guests  arrows scroll",
  "q quit  by: c cpu m mem d disk n net N name  r running  / filter  Tab view",
  "q quit  c m d n N sort  r running  / filter",
  "q quit  cmdnN sort  r run  / filter",
];

function footer(view: TopView, columns: number, style: Style): string {
  if (view.typing) {
    const text = `/${clean(view.filter)}_`;
    // of what is long the end is where one types
    return [...text].slice(-columns).join("");
  }
  return style.dim(cutDisplay(keys.find((text) => text.length <= columns) ?? keys.at(-1) ?? "", columns));
}

/** Nodes above, guests below; where both do not fit, nodes get half, and the guests can be scrolled. */
function body(report: TopReport, view: TopView, row: RowStyle, room: number): Frame {
  const { nodes, guests, remembered } = report;
  const count = guests.length + remembered.length;
  const guestAt = (index: number) => {
    const [guest, former] = [guests[index], remembered[index - guests.length]];
    return guest ? guestRow(guest, row) : former ? rememberedRow(former, row) : "";
  };
  const nodeAt = (index: number) => {
    const node = nodes[index];
    return node ? nodeRow(node, row) : "";
  };
  if (view.section !== "both") {
    const all = view.section === "nodes" ? nodes.length : count;
    return slice(all, room, view.offset, view.section === "nodes" ? nodeAt : guestAt);
  }
  const nodeRoom = Math.min(nodes.length, Math.max(Math.floor(room / 2), room - 1 - count));
  const above = slice(nodes.length, nodeRoom, 0, nodeAt).lines;
  const left = Math.max(0, room - above.length - 1);
  const { lines, offset } = slice(count, left, view.offset, guestAt);
  const hidden = nodes.length - above.length;
  const notes = [
    ...(hidden > 0 ? [`${hidden} more ${hidden === 1 ? "node" : "nodes"}`] : []),
    ...(count > left ? [`guests ${offset + 1}-${offset + lines.length} of ${count}`] : []),
  ];
  const border = row.style.dim(cutDisplay(notes.join("  "), row.screenWidth));
  return { lines: [...above, border, ...lines].slice(0, room), offset };
}

/** Only what is seen is made. */
function slice(count: number, room: number, wanted: number, lineAt: (index: number) => string): Frame {
  const offset = Math.max(0, Math.min(wanted, count - room));
  const length = Math.max(0, Math.min(room, count - offset));
  return { lines: Array.from({ length }, (_, index) => lineAt(offset + index)), offset };
}
