import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { templateRoomQuery } from "../../src/libvirt/template-room.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** As virt-builder 1.48 has it. */
const index = `{
  "version": 1,
  "templates": [
    { "os-version": "tiny", "arch": "x86_64", "size": 50331648, "compressed-size": "11081820", "hidden": false }
  ]
}
`;

/** What this machine says, with a virt-builder that ends so. */
function look(virtBuilder: string, cached: readonly string[] = []) {
  const home = temporaryDirectory();
  const bin = join(home, "bin");
  mkdirSync(bin);
  writeFileSync(join(bin, "virt-builder"), `#!/bin/sh\n${virtBuilder}\n`);
  chmodSync(join(bin, "virt-builder"), 0o755);
  const cache = join(home, "a b", "virt-builder");
  if (cached.length > 0) mkdirSync(cache, { recursive: true });
  for (const name of cached) writeFileSync(join(cache, name), "");
  const query = templateRoomQuery("tiny");
  const [step] = query.steps;
  const [file = "", ...args] = step && "run" in step ? step.run : [];
  const env = { PATH: `${bin}:${process.env.PATH}`, HOME: home, XDG_CACHE_HOME: join(home, "a b") };
  return { ...query.parse([{ code: 0, texts: [execFileSync(file, args, { encoding: "utf8", env })] }]), home };
}

it("asks virt-builder's own index, and the file system that its cache is on or would be", () => {
  const asked = `[ "$*" = "--no-cache --list --list-format json tiny" ] || exit 1\ncat <<'X'\n${index}X`;
  const found = look(asked);
  expect(found).toMatchObject({ cached: false, fetched: 11081820, virtual: 50331648 });
  expect(found.cache).toBe(join(found.home, "a b", "virt-builder"));
  expect(found.free).toBeGreaterThan(0);
  expect(look(asked, ["tiny.x86_64.3"]).cached).toBe(true);
  expect(look(asked, ["tiny-2.x86_64.3"]).cached).toBe(false);
});

it.each(["echo no index >&2; exit 0", "echo '{'", "echo '{\"templates\": [null]}'", "echo '[1]'"])(
  "knows nothing of a template where virt-builder says %j",
  (virtBuilder) => {
    expect(look(virtBuilder)).toMatchObject({ fetched: null, virtual: null });
  },
);

it("refuses half an answer, and takes one that was cut short in the index", () => {
  const parse = (...texts: string[]) => templateRoomQuery("tiny").parse([{ code: 124, texts }]);
  expect(() => parse()).toThrow(UnexpectedOutput);
  expect(parse("cache /c\nfree 1\nindex\n{")).toEqual({
    ...{ cache: "/c", free: 1024, cached: false, fetched: null, virtual: null },
  });
  expect(parse("cache /c\nfree -\n")).toMatchObject({ free: null, cached: false });
});
