import { expect, it } from "vitest";
import { keptName } from "../../src/operations/move/keep-shell.ts";
import { looseBase } from "../../src/operations/overlays.ts";

const kept = keptName("/i/web2.qcow2", "20261123T123727-wmlerzp6");
const clones = "delete them first, or give each disks of its own: mclu clone CLONE NEWNAME";
const gc = "mclu gc ham0 removes what moved guests have left";

it.each([
  [["ham0/web2", "/i/web3.migrated-once"], clones],
  [[kept], gc],
  [["ham0/web2", kept], `${gc}; ${clones}`],
])("names what takes the overlays from a base: %j", (overlays, hint) => {
  expect(looseBase({ name: "ham0" }, overlays)).toBe(hint);
});
