import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { volumeHeadsQuery } from "../../src/libvirt/volume-heads.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const volumes = ["a", "b"].map((name) => ({ pool: testUuid(1), name }));
const query = volumeHeadsQuery("qemu:///system", "/images", volumes);

it("reads what each volume shows, and takes nothing for granted where the node could not look", () => {
  expect(query.parse([{ code: 0, texts: ["plain\nbased\n"] }])).toEqual(["plain", "based"]);
  expect(query.parse([{ code: 1, texts: [""] }])).toEqual(["vague", "vague"]);
  expect(query.parse([])).toEqual(["vague", "vague"]);
  for (const text of ["plain\n", "plain\nodd\n", ""])
    expect(() => query.parse([{ code: 0, texts: [text] }])).toThrow(UnexpectedOutput);
});

it("asks nothing of a pool without volumes", () => {
  const nothing = volumeHeadsQuery("qemu:///system", "/images", []);
  expect([nothing.steps, nothing.parse([])]).toEqual([[], []]);
});

it.each([
  ["comes to its end", "exit 0", ["plain", "plain"]],
  ["was ended while it read the second", "exit 124", ["plain", "vague"]],
])("takes an empty file for an image without a base only where virsh %s", (_what, end, expected) => {
  const bin = temporaryDirectory();
  writeFileSync(join(bin, "virsh"), `#!/bin/sh\nprintf raw >1\n: >2\n${end}\n`, { mode: 0o755 });
  const [step] = query.steps as readonly { readonly run: readonly string[] }[];
  const [program = "", ...words] = step?.run ?? [];
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
  const stdout = execFileSync(program, words, { encoding: "utf8", env });
  expect(query.parse([{ code: 0, texts: [stdout] }])).toEqual(expected);
});
