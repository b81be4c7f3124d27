import { expect, it } from "vitest";
import { roomBeside } from "../../../src/operations/move/target-room.ts";
import { fakeCluster } from "../../support/fake-host.ts";

const mib = 1024 ** 2;

/** What has no room on a node, of which the file system of / has 8 MiB free, and that of /state 1 MiB. */
async function room(needs: readonly [string, number][], taken: readonly [string, number][] = []) {
  const run = (argv: readonly string[]) =>
    argv[2]?.includes("stat -f -c")
      ? argv
          .slice(4)
          .map((path) => (path === "/state" ? "2 256 4096\n" : "1 2048 4096\n"))
          .join("")
      : undefined;
  const cluster = await fakeCluster({ ham0: () => [] }, "", { run });
  const list = (all: readonly [string, number][]) => all.map(([directory, size]) => ({ directory, size: size * mib }));
  return roomBeside(cluster.node("ham0"), list(needs), list(taken), undefined);
}

it("counts what comes into pools of the same file system, and no other", async () => {
  expect(await room([])).toEqual([]);
  expect(
    await room(
      [
        ["/nvram", 2],
        ["/state", 1],
      ],
      [["/images", 6]],
    ),
  ).toEqual([]);
  expect(await room([["/nvram", 2]], [["/images", 7]])).toEqual([
    { why: "/nvram of ham0: 9M wanted, 8M free", fix: "mclu gc ham0, or mclu status --wide" },
  ]);
  expect(await room([["/state", 2]])).toMatchObject([{ why: "/state of ham0: 2M wanted, 1M free" }]);
});
