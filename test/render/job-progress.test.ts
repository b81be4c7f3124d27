import { describe, expect, it } from "vitest";
import { jobProgress } from "../../src/render/job-progress.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { screenText } from "../support/screen.ts";

const off = { state: "off", detail: "connect deadline 3 s" } as const;

describe("jobProgress", () => {
  it("keeps one line per job on a terminal, cut to its width, and takes them away", () => {
    const terminal = memoryTerminal({ tty: { columns: 40, rows: 10 } });
    let now = 0;
    const progress = jobProgress(terminal, ["ham0/web1", "ham1/web2"], () => now);
    const lines = () => screenText(terminal.both, 40, 10).trimEnd().split("\n");
    expect(lines()).toEqual(["ham0/web1: ... 0s", "ham1/web2: ... 0s"]);
    now = 65_000;
    progress.event("ham0/web1", { kind: "stage", name: "build", at: 5 });
    progress.event("ham0/web1", { kind: "log", line: "[  12.3] Installing \x1b[31mpackages that are many" });
    expect(lines()[0]).toBe("ham0/web1: build 1m05s  [  12.3] Insta…");
    expect(lines()[0]?.length).toBe(39);
    progress.event("ham1/web2", { kind: "silent", silence: off, retry: 4 });
    expect(lines()[1]).toBe("ham1/web2: ... 1m05s  node off: connec…");
    progress.event("ham1/web2", { kind: "back" });
    expect(lines()[1]).toBe("ham1/web2: ... 1m05s");
    progress.done();
    expect(lines()).toEqual([""]);
    expect(terminal.stderr).toBe("");
  });

  it("prints plain lines to stderr where there is no terminal", () => {
    const terminal = memoryTerminal();
    const progress = jobProgress(terminal, ["ham0/web1"]);
    progress.event("ham0/web1", { kind: "begin", at: 5 });
    progress.event("ham0/web1", { kind: "stage", name: "build", at: 5 });
    progress.event("ham0/web1", { kind: "log", line: "a \x07 bell" });
    progress.event("ham0/web1", { kind: "silent", silence: off, retry: 0.5 });
    progress.event("ham0/web1", { kind: "back" });
    progress.event("ham0/web1", { kind: "end" });
    progress.done();
    expect(terminal.stdout).toBe("");
    expect(terminal.stderr).toBe(
      "ham0/web1: [build]\nham0/web1: a \\x07 bell\nham0/web1: node off: connect deadline 3 s; asked again in 1s\nham0/web1: the node answers again\n",
    );
  });
});
