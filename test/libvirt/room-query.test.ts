import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { roomQuery } from "../../src/libvirt/room-query.ts";
import { asNobody } from "../support/as-nobody.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

it("reads the room at each path", () => {
  const query = roomQuery(["/a", "/b"]);
  expect(query.parse([{ code: 0, texts: ["2049 10 4096\n2050 1 512 hidden\n"] }])).toEqual([
    { device: "2049", free: 40960, isHidden: false },
    { device: "2050", free: 512, isHidden: true },
  ]);
  expect(() => query.parse([{ code: 0, texts: ["2049 10 4096\n"] }])).toThrow(UnexpectedOutput);
  expect(() => query.parse([])).toThrow(UnexpectedOutput);
});

it("tells a directory that the login cannot see from one that is not there", () => {
  const above = temporaryDirectory();
  chmodSync(above, 0o755);
  const [open, shut] = [join(above, "open"), join(above, "shut")];
  for (const path of [open, shut, join(shut, "pool")]) mkdirSync(path);
  chmodSync(shut, 0o600);
  const places = [open, join(open, "gone"), shut, join(shut, "pool"), join(shut, "pool/deeper"), "/"];
  const query = roomQuery(places);
  const [step] = query.steps;
  const [file = "", ...args] = step && "run" in step ? step.run : [];
  const rooms = query.parse([{ code: 0, texts: [asNobody(file, args)] }]);
  chmodSync(shut, 0o700);
  expect(rooms.map(({ isHidden }) => isHidden)).toEqual([false, false, false, true, true, false]);
});
