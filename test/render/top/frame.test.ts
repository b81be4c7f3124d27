import { describe, expect, it } from "vitest";
import type { Load } from "../../../src/operations/top/load.ts";
import type { TopReport } from "../../../src/operations/top/report.ts";
import { createStyle } from "../../../src/render/style.ts";
import { renderFrame } from "../../../src/render/top/frame.ts";
import type { TopView } from "../../../src/render/top/view.ts";
import { displayWidth } from "../../../src/render/width.ts";

const mebi = 1024 ** 2;
const view: TopView = { sort: "cpu", running: false, filter: "", typing: false, section: "both", offset: 0 };
const load: Load = {
  ...{ cpu: 0.5, cpus: 2, memory: { used: 512 * mebi, total: 1024 * mebi } },
  ...{ disk: { read: 3 * mebi, written: mebi }, network: { received: 100, sent: null } },
};
const none: Load = {
  ...{ cpu: null, cpus: null, memory: { used: null, total: null } },
  ...{ disk: { read: null, written: null }, network: { received: null, sent: null } },
};
const silence = { state: "failed", reason: "auth", detail: "no", hint: "ssh-add x" } as const;
const report: TopReport = {
  nodes: [
    { node: "ham0", state: "on", seen: 100, ...load },
    { node: "ham1", state: "off", detail: "no", seen: 88 },
    { node: "ham2", ...silence, seen: null },
    { node: "ham3", state: "pending", seen: null },
    { node: "ham4", state: "off", detail: "no", seen: null },
    { node: "ham5", state: "on", seen: 80, ...load },
  ],
  guests: [
    { node: "ham0", name: "web1", uuid: "1", state: "running", ...load },
    { node: "ham0", name: "web2", uuid: "2", state: "paused", ...load },
    { node: "ham0", name: "\x1b[31mred\u202e", uuid: "3", state: "running", ...none },
    { node: "ham0", name: "日本語".repeat(20), uuid: "4", state: null, ...none },
  ],
  remembered: [
    { node: "ham1", name: "old1", uuid: "5", active: true, seen: 88 },
    { node: "ham4", name: "old2", uuid: "6", active: false, seen: null },
  ],
};

function frame(columns: number, rows: number, more: Partial<TopView> = {}, shown = report, color = false) {
  const options = { size: { columns, rows }, style: createStyle(color), now: 100, seconds: 2, guests: 6 };
  return renderFrame(shown, { ...view, ...more }, options);
}

const text = (...args: Parameters<typeof frame>) => frame(...args).lines.join("\n");

describe("the live view", () => {
  it("greys the guests of nodes that are silent, and no others", () => {
    const { lines } = frame(100, 30, {}, report, true);
    const greyed = (name: string) => lines.filter((line) => line.includes(name)).map((line) => /^\x1b\[2m/.test(line));
    expect([greyed("old1"), greyed("old2"), greyed("web1")]).toEqual([[true], [true], [false]]);
  });

  it.each([
    [20, 4],
    [40, 12],
    [57, 24],
    [80, 24],
    [100, 30],
    [160, 50],
    [200, 60],
    [1, 1],
  ])("fits on %i by %i", (columns, rows) => {
    for (const section of ["both", "nodes", "guests"] as const) {
      const { lines } = frame(columns, rows, { section, filter: "日本語", typing: section === "nodes" });
      expect(lines).toHaveLength(rows);
      for (const line of lines) expect(displayWidth(line), line).toBeLessThanOrEqual(Math.max(columns, 20));
    }
  });

  it("says of every node and guest what is known", () => {
    const short = { ...report, guests: report.guests.slice(0, 2) };
    const lines = frame(80, 24, {}, short).lines.map((line) => line.trimEnd());
    expect(lines.slice(0, 13)).toEqual([
      expect.stringMatching(/^mclu top {2}nodes 2\/6 {2}guests 4\/6 {2}by cpu {2}every 2s +\d\d:\d\d:\d\d$/),
      "NAME                       CPU                  MEMORY   READ WRITE   RECV  SENT",
      "ham0       [##......]   0.50/2  [####....]     512M/1G     3M    1M   100B     -",
      "ham1       off, last seen 12s ago",
      "ham2       failed: auth; try: ssh-add x",
      "ham3       ...",
      "ham4       off",
      "ham5       no answer for 20s",
      "",
      "ham0/web1  [##......]   0.50/2  [####....]     512M/1G     3M    1M   100B     -",
      "ham0/web2  paused",
      "ham1/old1  was running 12s ago",
      "ham4/old2  was off",
    ]);
  });

  it("keeps on a narrow screen what the user has chosen", () => {
    expect(frame(40, 10, { sort: "memory" }).lines[0]).toMatch(
      /^nodes 2\/6 {2}guests 6 {2}by memory {2}\d\d:\d\d:\d\d$/,
    );
    expect(frame(44, 10, { filter: "web" }).lines[0]).toBe("nodes 2/6  guests 6  by cpu  filter: web");
  });

  it("has numbers alone on a narrow screen, and every bar on a wide one", () => {
    expect(text(40, 24)).toMatch(/^ham0 +0.50\/2 +512M +4M +100B$/m);
    expect(text(60, 24, {}, { ...report, guests: [] })).not.toContain("[#");
    expect(text(160, 24)).toMatch(/^ham0 .*\[#####\.{15}\] +0.50\/2 .*\[#{10}\] +3M +1M {2}\[\.{10}\] +100B +-$/m);
  });

  it("shows control characters and obeys none", () => {
    expect(text(80, 24)).toContain("ham0/\\x1b[31mred\\u");
    expect(text(80, 24, { filter: "\x1b[2J" })).toContain("filter: \\x1b[2J");
    expect(text(80, 24, { filter: "\u202e", typing: true })).toContain("/\\u202e_");
    for (const section of ["both", "nodes"] as const)
      expect(text(80, 24, { section })).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  });

  it("scrolls the guests where they do not fit, and no further than there are any", () => {
    const many = {
      ...report,
      guests: Array.from({ length: 30 }, (_, index) => ({ ...report.guests[0], name: `g${index}` })),
    };
    const shown = { ...many, remembered: [] } as TopReport;
    expect(text(80, 14, {}, shown)).toContain("1 more node  guests 1-5 of 30");
    expect(text(80, 14, { offset: 3 }, shown)).toContain("guests 4-8 of 30");
    const end = frame(80, 14, { offset: Number.POSITIVE_INFINITY }, shown);
    expect(end.offset).toBe(25);
    expect(end.lines.join("\n")).toMatch(/g25[\s\S]*g29/);
    expect(text(80, 14, { section: "guests" }, shown)).toMatch(/g10/);
    expect(text(80, 14, { section: "nodes" }, shown)).toMatch(/ham5/);
    expect(text(80, 14, { section: "nodes" }, shown)).not.toMatch(/g0/);
  });

  it("says what is chosen, and colours what is full", () => {
    expect(text(100, 24, { filter: "web", running: true, sort: "disk" })).toContain("by disk  running  filter: web");
    const full = { ...load, cpu: 1.5, memory: { used: 95, total: 100 } };
    const node = { node: "ham0", state: "on", seen: 100, ...full } as const;
    const guest = { node: "ham0", name: "a", uuid: "1", state: "running", ...full } as const;
    const options = { size: { columns: 80, rows: 9 }, style: createStyle(true), now: 100, seconds: 2, guests: 1 };
    const { lines } = renderFrame({ nodes: [node], guests: [guest], remembered: [] }, view, options);
    expect(lines[2]).toMatch(/\x1b\[33m\[#+\.+\].*\x1b\[31m\[#+\]/);
    // a guest takes all of its memory sooner or later
    expect(lines[4]).toMatch(/\x1b\[33m\[#+\.+\].*\x1b\[32m\[#+\]/);
  });
});
