import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { buildHostQuery } from "../../src/libvirt/build-host.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** What this machine says. */
function look(pool: string, disk: string, programs: readonly string[]) {
  const query = buildHostQuery(pool, [disk], programs);
  const [step] = query.steps;
  const [file = "", ...args] = step && "run" in step ? step.run : [];
  return query.parse([{ code: 0, texts: [execFileSync(file, args, { encoding: "utf8" })] }]);
}

describe("buildHostQuery", () => {
  it("asks a real machine", () => {
    const pool = temporaryDirectory();
    const host = look(pool, join(pool, "web1.qcow2"), ["sh", "no such program"]);
    expect(host).toMatchObject({ writable: true, taken: [], missing: ["no such program"] });
    expect(host.isRoot).toBe(process.getuid?.() === 0);
    expect(host.temporary).toBeGreaterThan(0);
    writeFileSync(join(pool, "web1.qcow2"), "");
    expect(look(pool, join(pool, "web1.qcow2"), []).taken).toEqual([join(pool, "web1.qcow2")]);
  });

  const parse = (...texts: string[]) => buildHostQuery("/p", ["/p/d"], []).parse([{ code: 0, texts }]);

  it("reads what is missing and what is closed", () => {
    expect(parse("uid 1000\nhome /home/a b\nmissing virt-builder\nfree 3\nclosed /p\nclosed /\nend\n")).toEqual({
      ...{ home: "/home/a b", isRoot: false, writable: false, missing: ["virt-builder"], taken: [] },
      ...{ closed: "/p", temporary: 3072 },
    });
    expect(parse("uid 0\nhome /root\nfree 0\nend\n")).toMatchObject({ isRoot: true, closed: null, temporary: 0 });
  });

  it.each([
    ["nothing"],
    ["no user", "home /\nfree 1\nend\n"],
    ["no home", "uid 0\nfree 1\nend\n"],
    ["no number of bytes", "uid 0\nhome /\nfree -\nend\n"],
    ["half an answer", "uid 0\nhome /\nfree 1\n"],
  ])("refuses %s", (_what, ...texts) => {
    expect(() => parse(...texts)).toThrow(UnexpectedOutput);
  });

  it("refuses no answer at all", () => {
    expect(() => buildHostQuery("/p", ["/p/d"], []).parse([])).toThrow(UnexpectedOutput);
  });
});
