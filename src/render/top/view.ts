import type { TopSort } from "../../operations/top/report.ts";

/** How the user looks at things. */
export interface TopView {
  readonly sort: TopSort;
  readonly running: boolean;
  readonly filter: string;
  /** The keys go to the filter. */
  readonly typing: boolean;
  readonly section: "both" | "nodes" | "guests";
  /** Rows that are above what is seen. */
  readonly offset: number;
}

export type TopCommand = "quit" | "interrupt" | "suspend" | "redraw";

const sorts: Readonly<Record<string, TopSort>> = { c: "cpu", m: "memory", d: "disk", n: "network", N: "name" };
const sections = { both: "nodes", nodes: "guests", guests: "both" } as const;
const moves: Readonly<Record<string, number>> = {
  up: -1,
  k: -1,
  down: 1,
  j: 1,
  "page-up": -10,
  "page-down": 10,
  // no infinities: End and Home in one read would add up to no number
  home: -Number.MAX_SAFE_INTEGER,
  end: Number.MAX_SAFE_INTEGER,
};
const commands = ["interrupt", "suspend", "redraw"] as const;
/** Characters that a filter may have. */
const longest = 200;

/** What comes of a key: another view, or something to do. */
export function pressKey(view: TopView, key: string): TopView | TopCommand {
  const command = commands.find((name) => name === key);
  if (command) return command;
  if (view.typing) return typeKey(view, key);
  const sort = Object.hasOwn(sorts, key) ? sorts[key] : undefined;
  if (sort) return { ...view, sort, offset: 0 };
  const move = Object.hasOwn(moves, key) ? moves[key] : undefined;
  if (move !== undefined)
    return { ...view, offset: Math.min(Math.max(0, view.offset + move), Number.MAX_SAFE_INTEGER) };
  switch (key) {
    case "q":
      return "quit";
    case "r":
      return { ...view, running: !view.running, offset: 0 };
    case "/":
      return { ...view, typing: true };
    case "escape":
      return { ...view, filter: "", offset: 0 };
    case "tab":
      return { ...view, section: sections[view.section], offset: 0 };
    default:
      return view;
  }
}

function typeKey(view: TopView, key: string): TopView {
  const filter = (text: string) => ({ ...view, filter: text, offset: 0 });
  switch (key) {
    case "enter":
      return { ...view, typing: false };
    case "escape":
      return { ...filter(""), typing: false };
    case "clear":
      return filter("");
    case "backspace":
      return filter([...view.filter].slice(0, -1).join(""));
    default:
      // the other keys have names
      return [...key].length === 1 && view.filter.length < longest ? filter(view.filter + key) : view;
  }
}
