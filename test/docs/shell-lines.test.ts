import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { complaintAbout, notingShell } from "./as-typed.ts";
import { shellLines } from "./shell-lines.ts";

const lines = await shellLines();

describe("what the documents and the help tell to type", () => {
  it("is understood by the program", { timeout: 120_000 }, async () => {
    const shell = notingShell(temporaryDirectory());
    const seen = new Set<string>();
    const complaints: string[] = [];
    for (const { text, place, inline } of lines) {
      if (seen.has(text)) continue;
      seen.add(text);
      for (const argv of shell(text)) {
        const complaint = await complaintAbout(argv);
        // a sentence names commands alone, and has words like GUEST in place of what they stand for
        if (inline && complaint?.match(/missing required argument|'WHAT'|no command [A-Z]+$/)) continue;
        if (complaint) complaints.push(`${place}: ${text}\n  ${complaint}`);
      }
    }
    expect(complaints.join("\n")).toBe("");
  });
});
