import { describe, expect, it } from "vitest";
import { poolRoom, type RoomNeed, roomBeside } from "../../../src/operations/move/target-room.ts";
import { fakeCluster } from "../../support/fake-host.ts";

const mib = 1024 ** 2;

/** A node of which the file system of / has 8 MiB free, and that of /state 1 MiB. */
async function target() {
  const run = (argv: readonly string[]) =>
    argv[2]?.includes("stat -f -c")
      ? argv
          .slice(4)
          .map((path) =>
            path === "/state" ? "2 256 4096\n" : `1 2048 4096${path.startsWith("/shut") ? " hidden" : ""}\n`,
          )
          .join("")
      : undefined;
  const virsh = ([command, , name]: readonly string[]) => {
    if (command === "pool-dumpxml") return "<pool type='dir'><target><path>/shut/pool</path></target></pool>";
    if (command !== "pool-info") return undefined;
    return name === "dead" ? "State: inactive\n" : `State: running\nCapacity: ${9 * mib}\nAvailable: ${3 * mib}\n`;
  };
  return (await fakeCluster({ ham0: () => [] }, "", { run, virsh })).node("ham0");
}

const list = (all: readonly (readonly [string, number])[]): RoomNeed[] =>
  all.map(([directory, size]) => ({ directory, size: size * mib }));

/** What has no room there. */
async function room(needs: readonly [string, number][], taken: readonly [string, number][] = []) {
  return roomBeside(await target(), list(needs), list(taken), undefined);
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

describe("pools", () => {
  const pool = (name: string, available: number | null = mib) => ({ name, available });
  const pools = new Map([
    ["/images", pool("default")],
    ["/fast", pool("fast")],
    ["/state", pool("state")],
    ["/odd", pool("odd", null)],
    ["/shut/pool", pool("shut")],
    ["/shut/dead", pool("dead")],
  ]);
  const into = async (copied: readonly [string, number][], promised: readonly [string, number][] = []) =>
    (await poolRoom(await target(), list(copied), list(promised), pools, undefined)).map(({ why }) => why);

  it("of one file system share its room, with what others bring there that move before", async () => {
    expect(await into([])).toEqual([]);
    // no pool's: that is said elsewhere
    expect(
      await into([
        ["/elsewhere", 100],
        ["/images", 0],
      ]),
    ).toEqual([]);
    expect(
      await into([
        ["/images", 8],
        ["/state", 1],
      ]),
    ).toEqual([]);
    expect(
      await into([
        ["/images", 5],
        ["/fast", 4],
      ]),
    ).toEqual(["pool default, fast: 9M wanted, 8M free"]);
    expect(
      await into(
        [["/images", 4]],
        [
          ["/fast", 4],
          ["/state", 5],
        ],
      ),
    ).toEqual([]);
    expect(
      await into(
        [["/images", 4]],
        [
          ["/fast", 3],
          ["/nvram", 2],
        ],
      ),
    ).toEqual(["pool default: 4M wanted, 8M free, of which guests that move before take 5M"]);
    expect(
      await into([
        ["/state", 2],
        ["/images", 1],
      ]),
    ).toEqual(["pool state: 2M wanted, 1M free"]);
  });

  it("that the login cannot see have the room that libvirt says, not that of the directory above", async () => {
    expect(await into([["/shut/pool", 3]])).toEqual([]);
    expect(
      await into([
        ["/shut/pool", 4],
        ["/images", 8],
      ]),
    ).toEqual(["pool shut: 4M wanted, 3M free"]);
    expect(await into([["/shut/pool", 2]], [["/shut/pool", 2]])).toEqual([
      "pool shut: 2M wanted, 3M free, of which guests that move before take 2M",
    ]);
    expect(await into([["/shut/dead", 1]])).toEqual(["pool dead: 1M wanted, unknown free"]);
  });

  it("of which libvirt does not say that they have room take nothing", async () => {
    expect(await into([["/odd", 1]])).toEqual(["pool odd: 1M wanted, unknown free"]);
  });
});
