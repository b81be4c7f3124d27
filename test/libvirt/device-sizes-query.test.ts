import { lstatSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { deviceSizesQuery } from "../../src/libvirt/device-sizes-query.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { runQuery } from "../support/run-query.ts";

const look = (paths: readonly string[]) => runQuery(deviceSizesQuery(paths));

it("tells how long devices are, also where a link leads there, and nothing of anything else", () => {
  const devices = readdirSync("/sys/class/block").filter(
    (name) => lstatSync(join("/dev", name), { throwIfNoEntry: false })?.isBlockDevice() ?? false,
  );
  const sizes = devices.map((name) => Number(readFileSync(`/sys/class/block/${name}/size`, "utf8")) * 512);
  expect(devices.length).toBeGreaterThan(0);
  expect(look(devices.map((name) => join("/dev", name)))).toEqual(sizes);
  const home = temporaryDirectory();
  symlinkSync(join("/dev", devices[0] ?? ""), join(home, "link to it"));
  expect(look([join(home, "link to it"), home, "/dev/null", join(home, "gone")])).toEqual([sizes[0], null, null, null]);
});

it("takes for no length what is none", () => {
  const { parse } = deviceSizesQuery(["/a", "/b", "/c", "/d"]);
  expect(parse([{ code: 0, texts: ["size none\nsize -1\nsize 1e9\n"] }])).toEqual([null, null, null, null]);
  expect(parse([{ code: 0, texts: [""] }])).toEqual([null, null, null, null]);
  expect(deviceSizesQuery([])).toMatchObject({ steps: [] });
});
