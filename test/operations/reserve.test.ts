import { expect, it, vi } from "vitest";
import { UserError } from "../../src/errors.ts";
import { reservationKey } from "../../src/node/jobs/reservation.ts";
import { reserve } from "../../src/operations/reserve.ts";
import { type FakeNode, fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const wish = { node: "ham0", name: "web1", memory: 1024, id: "20261122T010000-bbbbbbbb" };
const [earlier, later] = ["20261122T005959-aaaaaaaa", "20261122T010001-cccccccc"] as const;

/** A line of a node's reservations. */
const entry = (id: string, held = "no", order = 1, begun = "yes") =>
  ["name", reservationKey("web1"), id, 512, order, 1, held, "no", Buffer.from("web1").toString("hex"), begun].join(
    "\t",
  );
const mine = entry(wish.id, "no", 2);

interface Scene {
  readonly ham0?: FakeNode;
  readonly ham1?: FakeNode;
  /** What ham0 lists, from one look to the next. */
  readonly lists?: readonly string[];
  /** What ham0 says when the wish takes hold. */
  readonly holds?: string;
  /** What it says when the wish comes. */
  readonly reserves?: string;
  readonly signal?: AbortSignal;
}

/** Reserves on ham0, and gives what came of it with what was asked of ham0. */
async function reserved({
  ham0 = () => [],
  ham1 = () => [],
  lists = [mine],
  holds = "yes",
  reserves = "reserved",
  signal,
}: Scene) {
  const asked: string[] = [];
  const words = [
    ["echo reserved", reserves],
    ["/held", holds],
    ['rm -rf "$directory"; fi', ""],
  ] as const;
  const run = (argv: readonly string[], node: string) => {
    if (node !== "ham0") return "";
    // what every script begins with mentions all of it
    const script = argv[2]?.slice(argv[2].lastIndexOf("mclu_open names")) ?? "";
    if (script.includes('look_at "$each" show')) {
      asked.push("list");
      return lists[Math.min(asked.filter((what) => what === "list").length, lists.length) - 1];
    }
    const [word, answer] = words.find(([text]) => script.includes(text)) ?? ["other", ""];
    asked.push(word);
    return answer;
  };
  const cluster = await fakeCluster({ ham0, ham1 }, "", { run });
  const end = await reserve(cluster, wish, signal).catch((error: unknown) => error);
  return { end, gaveBack: asked.includes('rm -rf "$directory"; fi') };
}

it("is won by who stands alone, behind what others reserved on the node before", async () => {
  const other = mine.replaceAll(Buffer.from("web1").toString("hex"), Buffer.from("web2").toString("hex"));
  const before = other.replace(wish.id, earlier).replace("\t2\t1\tno", "\t1\t1\tno").replace("\t512\t", "\t300\t");
  const { end, gaveBack } = await reserved({ lists: [`${mine}\n${before}`] });
  expect(end).toMatchObject({ key: reservationKey("web1"), ahead: 300 });
  expect(gaveBack).toBe(false);
});

it("is won beside a node that does not answer, and waits for one who has not decided", async () => {
  const { signal } = new AbortController();
  const { end } = await reserved({ ham1: () => lostNode, lists: [`${mine}\n${entry(later)}`, mine], signal });
  expect(end).toMatchObject({
    nodes: [
      { node: "ham0", state: "on" },
      { node: "ham1", state: "failed" },
    ],
  });
});

it.each<[string, Scene, number, string]>([
  ["the node falls silent", { ham0: (asked) => (asked === 0 ? [] : lostNode) }, 5, "ham0 no longer answers"],
  ["another one has it on that node", { reserves: "taken" }, 6, "somebody is building a guest web1 on ham0"],
  [
    "somebody else reserved it and has begun no job",
    { reserves: "taken", lists: [entry(later, "yes", 1, "no")] },
    6,
    "somebody has reserved the name web1 on ham0, and begun no job; nothing was changed",
  ],
  [
    "another one's is gone as soon as one looks",
    { reserves: "taken", lists: [""] },
    6,
    "somebody is building a guest web1 on ham0",
  ],
  ["its reservation is gone", { lists: [""] }, 6, "somebody is building a guest web1 on ham0"],
  ["it was taken as stale before it could hold", { holds: "" }, 6, "somebody is building a guest web1 on ham0"],
  ["a guest has the name", { ham1: () => [{ name: "web1", uuid: testUuid(1) }] }, 6, "there is a guest ham1/web1"],
  ["another one came first", { lists: [`${mine}\n${entry(earlier)}`] }, 6, "somebody is building a guest web1"],
  [
    "another one holds the name",
    { lists: [`${mine}\n${entry(later, "yes")}`] },
    6,
    "somebody is building a guest web1",
  ],
])("is given back where %s", async (_what, scene, exitCode, message) => {
  const { end, gaveBack } = await reserved(scene);
  // a node that is silent keeps it for its lease
  expect(gaveBack).toBe(exitCode === 6);
  expect(end).toBeInstanceOf(UserError);
  expect(end).toMatchObject({ exitCode, message: expect.stringContaining(message) });
});

it("is given back where another one does not decide for a quarter of a minute", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const ham1: FakeNode = () => {
    vi.advanceTimersByTime(4_000);
    return [];
  };
  const { end, gaveBack } = await reserved({ ham1, lists: [`${mine}\n${entry(later)}`] });
  vi.useRealTimers();
  expect(end).toMatchObject({
    exitCode: 6,
    message: expect.stringContaining("somebody is building a guest web1 on ham0"),
  });
  expect(gaveBack).toBe(true);
});
