import { expect, it } from "vitest";
import { refuseChangedBases } from "../../../src/operations/move/same-base.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { fakeCluster } from "../../support/fake-host.ts";

const [base, copy] = ["/images/base.qcow2", "/images/base-ham1.qcow2"];

/** Looks once more at two files that were the same, where each was last written at these times. */
async function lookAgain(here: string | undefined, there: string | undefined, pairs = 1) {
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] }, "", {
    run: (argv, node) => {
      const [path, written] = node === "ham0" ? [base, here] : [copy, there];
      return fakeFiles(written === undefined ? {} : { [path]: { written } })(argv);
    },
  });
  const stamps = { here: "1:0 4096 then", there: "1:0 4096 then" };
  const same = [{ here: base, there: copy, stamps }].slice(0, pairs);
  const plan = { guest: { node: "ham0" }, node: "ham1" } as Parameters<typeof refuseChangedBases>[1]["plan"];
  return refuseChangedBases(cluster, { plan, same }, undefined);
}

it("a linked clone is moved onto what was compared, and not onto what was written, replaced or removed since", async () => {
  await expect(lookAgain("then", "then")).resolves.toBeUndefined();
  // one that is based on nothing asks nobody
  await expect(lookAgain(undefined, undefined, 0)).resolves.toBeUndefined();
  const changed = "changed since the two were compared, and the guest would be based on it; nothing was done";
  const refused = (what: string) => ({ exitCode: 6, message: `${what} ${changed}` });
  await expect(lookAgain("then", "later")).rejects.toMatchObject(refused(`ham1:${copy}`));
  await expect(lookAgain("later", "then")).rejects.toMatchObject(refused(`ham0:${base}`));
  await expect(lookAgain("then", undefined)).rejects.toMatchObject(refused(`ham1:${copy}`));
  await expect(lookAgain("later", "later")).rejects.toMatchObject(refused(`ham0:${base} and ham1:${copy}`));
});
