import { describe, expect, it } from "vitest";
import { keysIn } from "../../../src/render/top/keys.ts";
import { createPainter } from "../../../src/render/top/painter.ts";
import { pressKey, type TopView } from "../../../src/render/top/view.ts";

const view: TopView = { sort: "cpu", running: false, filter: "", typing: false, section: "both", offset: 0 };

/** The view after these keys, or what the last of them asks for. */
function typed(text: string, first: TopView = view) {
  return keysIn(text).reduce<TopView | string>(
    (now, key) => (typeof now === "string" ? now : pressKey(now, key)),
    first,
  );
}

describe("keys", () => {
  it("are told apart in what a terminal sends", () => {
    expect(keysIn("a\x1b[A\x1bOB\x1b[5~\x1b[1~é\x7f\r\t\x03")).toEqual([
      "a",
      "up",
      "down",
      "page-up",
      "home",
      "é",
      "backspace",
      "enter",
      "tab",
      "interrupt",
    ]);
    expect(keysIn("\x1b")).toEqual(["escape"]);
    // a key that nobody here knows is not its letters
    expect(keysIn("\x1b[15~\x1b[1;5C\x01\ud800")).toEqual([]);
  });

  it("that are the last row and the first in one read are the first", () => {
    expect(typed("\x1b[F\x1b[H")).toEqual(view);
    expect(typed("\x1b[F\x1b[F\x1b[B\x1b[H")).toEqual(view);
  });

  it.each([
    ["m", { sort: "memory" }],
    ["d", { sort: "disk" }],
    ["n", { sort: "network" }],
    ["mN", { sort: "name" }],
    ["mc", { sort: "cpu" }],
    ["r", { running: true }],
    ["rr", { running: false }],
    ["\t", { section: "nodes" }],
    ["\t\t", { section: "guests" }],
    ["\t\t\t", { section: "both" }],
    ["jjk", { offset: 1 }],
    ["\x1b[A", { offset: 0 }],
    ["\x1b[6~m", { offset: 0, sort: "memory" }],
    ["x", {}],
    ["/wq", { filter: "wq", typing: true }],
    ["/web\x7f1\r", { filter: "we1", typing: false }],
    ["/web\x15x\r", { filter: "x" }],
    ["/web\x1b", { filter: "", typing: false }],
    ["/\x1b[A", { filter: "", typing: true }],
    ["/web\r\x1b", { filter: "", typing: false }],
    [`/${"x".repeat(300)}`, { filter: "x".repeat(200), typing: true }],
  ])("%j makes %j", (text, more) => {
    expect(typed(text)).toEqual({ ...view, ...more });
  });

  it.each([
    ["q", "quit"],
    ["\x03", "interrupt"],
    ["/q\x03", "interrupt"],
    ["\x1a", "suspend"],
    ["\x0c", "redraw"],
  ])("%j means %s", (text, command) => {
    expect(typed(text)).toBe(command);
  });
});

describe("createPainter", () => {
  it("sends what changed, and everything where nobody knows what is there", () => {
    const painter = createPainter();
    expect(painter.paint(["a", "b"])).toBe("\x1b[0m\x1b[2J\x1b[1;1H\x1b[2Ka\x1b[2;1H\x1b[2Kb");
    expect(painter.paint(["a", "c"])).toBe("\x1b[2;1H\x1b[2Kc");
    expect(painter.paint(["a", "c"])).toBe("");
    expect(painter.paint(["a"])).toBe("\x1b[2;1H\x1b[2K");
    painter.forget();
    expect(painter.paint(["a"])).toBe("\x1b[0m\x1b[2J\x1b[1;1H\x1b[2Ka");
  });
});
