import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import type { Change } from "../../../src/libvirt/change.ts";
import { NodeError, UnheardChange } from "../../../src/node/failure.ts";
import { nothingCarried } from "../../../src/operations/move/carried-files.ts";
import { prepareDrain, prepareUndrain } from "../../../src/operations/move/drain.ts";
import { commandsOfMove } from "../../../src/operations/move/move-job.ts";
import type { MovePlan } from "../../../src/operations/move/move-plan.ts";
import { moveSeveral } from "../../../src/operations/move/move-several.ts";
import { commandsOfMoves } from "../../../src/operations/show-commands.ts";
import { type AbleNode, ableNodes, diskXml, guestXml, imageFile } from "../../support/able-node.ts";
import { type FakeGuest, type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { reachable } from "../../support/reachable.ts";
import { testUuid } from "../../support/test-driver.ts";

const guest = (at: number, more: Partial<FakeGuest> = {}): FakeGuest => ({
  ...{ name: `web${at}`, uuid: testUuid(at), xml: guestXml(`web${at}`, "", "") },
  ...more,
});
const gib = 1024 ** 3;
const reaches: AbleNode = { run: ([program]) => (program === "timeout" ? "10.0.0.1" : undefined) };

/** Nodes that hear each other. */
async function world(nodes: Readonly<Record<string, FakeNode>>, more: AbleNode = {}, settings = "") {
  const answers = ableNodes(Object.fromEntries(Object.keys(nodes).map((name) => [name, { ...reaches, ...more }])));
  return reachable(await fakeCluster(nodes, settings, answers));
}

const many = (count: number) => Array.from({ length: count }, (_, at) => guest(at + 20));

describe("a node is emptied", () => {
  it("guest by guest, each to the node with the most room then", async () => {
    const cluster = await world({ ham0: () => [guest(1), guest(2)], ham1: () => many(3), ham2: () => many(3) });
    const { moves, stuck, node } = await prepareDrain(cluster, "ham0");
    expect([node, stuck]).toEqual(["ham0", []]);
    expect(moves.map(({ plan }) => [plan.guest.name, plan.node, plan.how])).toEqual([
      ["web1", "ham1", "live"],
      ["web2", "ham2", "live"],
    ]);
    const shown = commandsOfMoves(cluster, moves.slice(0, 1));
    expect(
      shown.map((one) => [one.node, one.command.includes(`migrate --persistent --undefinesource --live`)]),
    ).toEqual([["ham0", true]]);
  });

  it("as root where its login is none, which is shown", async () => {
    const cluster = await world({ ham0: () => [guest(1)], ham1: () => [] }, {}, "become = sudo\n");
    const { moves } = await prepareDrain(cluster, "ham0");
    expect(commandsOfMoves(cluster, moves)).toMatchObject([{ command: expect.stringMatching(/^sudo -n virsh /) }]);
  });

  it("with the commands of a disk that is copied, and of an address with colons, as one would type them", () => {
    const disk = { target: "vda", path: "/images/a b.qcow2", pool: "default", way: "copied", format: "qcow2", size: 1 };
    const plan = {
      ...{ guest: { node: "ham0", name: "web1", uuid: testUuid(1) }, node: "ham1", control: "qemu+ssh://ham1/system" },
      ...{
        how: "live",
        data: "fd00::1",
        disks: [disk, { ...disk, target: "vdb", way: "shared" }],
        nvram: null,
        notes: [],
      },
    } as unknown as MovePlan;
    const commands = (how: MovePlan["how"]) =>
      commandsOfMove(
        { plan: { ...plan, how }, unsafe: false, carried: nothingCarried, pools: new Map(), relinks: new Map() },
        "qemu:///system",
      );
    const live = commands("live").join("\n");
    expect(live).toContain(
      "--migrateuri 'tcp://[fd00::1]' --copy-storage-all --migrate-disks vda --disks-uri 'tcp://[fd00::1]'",
    );
    expect(live).toContain("vol-create default jobs/ID/files/volume-0.xml\n");
    expect(live).not.toContain("vol-upload");
    expect(commands("offline").join("\n")).toContain(
      "vol-upload --pool default --vol 'a b.qcow2' --file '/images/a b.qcow2' --sparse\n",
    );
    expect(live).toMatch(/\nmv -nT -- '\/images\/a b.qcow2' '\/images\/[^']*migrated-ID[^']*'$/);
  });

  it("but of guests that no node has room for, or of which nobody knows what they need", async () => {
    const full = await world({ ham0: () => [guest(1)], ham1: () => many(16) });
    expect((await prepareDrain(full, "ham0")).stuck).toMatchObject([
      { name: "web1", to: "ham1", why: expect.stringContaining("ham1: "), hint: "mclu status, mclu info ham0/web1" },
    ]);
    const unknown = await world(
      { ham0: () => [guest(1)], ham1: () => [guest(2)] },
      {
        virsh: ([command]) => (command === "domstats" ? "Domain: 'web1'\n  state.state=1\n" : undefined),
      },
    );
    expect((await prepareDrain(unknown, "ham0")).moves).toEqual([]);
  });

  it("with the room counted that the disks of the guests before it take", async () => {
    const paths = [1, 2].map((at) => `/images/web${at}.qcow2`);
    const guests = paths.map((path, at) => guest(at + 1, { xml: guestXml(`web${at + 1}`, "", diskXml("vda", path)) }));
    const images = Object.fromEntries(paths.map((path) => [path, imageFile(path, 50 * gib)]));
    const answers = ableNodes({ ham0: { ...reaches, files: images }, ham1: { ...reaches, room: 60 * gib } });
    const cluster = reachable(await fakeCluster({ ham0: () => guests, ham1: () => [] }, "", answers));
    const { moves, stuck } = await prepareDrain(cluster, "ham0");
    expect(moves.map(({ plan }) => plan.guest.name)).toEqual(["web1"]);
    const why = "pool default: 50G wanted, 60G free, of which guests that move before take 50G";
    expect(stuck).toMatchObject([{ name: "web2", why: expect.stringContaining(why) }]);
  });

  it("with its guests looked at side by side, and what is the same for all of them asked once", async () => {
    const cluster = await world({ ham0: () => [guest(1), guest(2), guest(3)], ham1: () => [] });
    const streams: string[] = [];
    for (const node of cluster.nodes) {
      const stream = node.stream.bind(node);
      node.stream = (...asked) => {
        streams.push(node.name);
        return stream(...asked);
      };
    }
    const source = cluster.node("ham0");
    const ask = source.ask.bind(source);
    let otherIsAsked: () => void = () => undefined;
    const other = new Promise<void>((resolve) => {
      otherIsAsked = resolve;
    });
    // an answer about the first comes when the last was asked about
    source.ask = async (query, how) => {
      const about = JSON.stringify(query.steps);
      if (about.includes(testUuid(3))) otherIsAsked();
      if (about.includes(testUuid(1))) await other;
      return ask(query, how);
    };
    const target = cluster.node("ham1");
    const askTarget = target.ask.bind(target);
    const asked: string[] = [];
    target.ask = async (query, how) => {
      asked.push(...(JSON.stringify(query.steps).match(/"pool-list"|"domstats"/g) ?? []));
      return askTarget(query, how);
    };
    const { moves } = await prepareDrain(cluster, "ham0");
    expect(moves.map(({ plan }) => plan.guest.name)).toEqual(["web1", "web2", "web3"]);
    expect(streams).toEqual(["ham1"]);
    // place looks at what runs there, and the first that comes at that and at the pools
    expect(asked).toEqual(['"domstats"', '"pool-list"', '"domstats"']);
  });

  it("to other nodes than seemed likely where one before goes elsewhere", async () => {
    const path = "/images/web1.qcow2";
    const guests = [guest(1, { xml: guestXml("web1", "", diskXml("vda", path)) }), guest(2)];
    const answers = ableNodes({
      ham0: { ...reaches, files: { [path]: imageFile(path, 50 * gib) } },
      ham1: { ...reaches, room: 10 * gib },
      ham2: reaches,
    });
    const nodes = { ham0: () => guests, ham1: () => [], ham2: () => [] };
    const { moves, stuck } = await prepareDrain(reachable(await fakeCluster(nodes, "", answers)), "ham0");
    expect(stuck).toEqual([]);
    expect(moves.map(({ plan }) => `${plan.guest.name} ${plan.node}`)).toEqual(["web1 ham2", "web2 ham1"]);
  });

  it("but of guests that cannot move, which is said with what mends it", async () => {
    const bound = guest(1, { transient: true });
    const cluster = await world({ ham0: () => [bound], ham1: () => [], ham2: () => [] });
    // once, however many nodes it could not go to
    expect((await prepareDrain(cluster, "ham0")).stuck).toMatchObject([
      { to: null, why: "ham0/web1 is transient: no node has its definition", hint: "mclu xml ham0/web1" },
    ]);
  });

  it("but not of guests whose node falls silent, and not for somebody who has gone", async () => {
    const states: FakeNode = (asked) => (asked < 3 ? [guest(1)] : lostNode);
    const silent = await prepareDrain(await world({ ham0: states, ham1: () => [] }), "ham0");
    expect(silent.stuck).toMatchObject([{ name: "web1", why: expect.stringContaining("lost: the wire was cut") }]);
    const interruption = new AbortController();
    const leaving: FakeNode = (asked) => {
      if (asked > 0) interruption.abort();
      return asked > 0 ? lostNode : [guest(1)];
    };
    const left = prepareDrain(await world({ ham0: leaving, ham1: () => [] }), "ham0", interruption.signal);
    await expect(left).rejects.toBeDefined();
  });
});

describe("a node gets its guests back", () => {
  const away = guest(1, {
    xml: guestXml("web1", "<metadata><h:home xmlns:h='urn:mclu:home:1'><node>ham0</node></h:home></metadata>", ""),
  });
  const back = async (ham0: FakeNode, settings = "") =>
    prepareUndrain(await world({ ham0, ham1: () => [away, guest(2)] }, {}, settings), "ham0");

  it("and no others, also where it is given no new ones", async () => {
    for (const settings of ["", "weight = 0\n"]) {
      const { moves, stuck } = await back(() => [], settings);
      expect(stuck).toEqual([]);
      expect(moves.map(({ plan }) => [plan.guest.name, plan.node])).toEqual([["web1", "ham0"]]);
    }
  });

  it("but not while it does not answer, as a node that was named", async () => {
    await expect(back(() => offNode)).rejects.toMatchObject({
      ...{ exitCode: 5, message: "ham0 is off", hint: "mclu status ham0" },
    });
    await expect(back(() => lostNode)).rejects.toMatchObject({
      ...{ exitCode: 5, message: "ham0 failed: lost: the wire was cut", hint: "ping ham0" },
    });
  });
});

describe("what becomes of guests that are moved", () => {
  /** Moves a guest whose home cannot be noted for this reason. */
  async function moved(error: Error, signal?: AbortSignal) {
    const cluster = await world({ ham0: () => [guest(1)], ham1: () => [] });
    const prepared = await prepareDrain(cluster, "ham0");
    Object.assign(cluster.node("ham0"), { change: () => Promise.reject(error) });
    const { results } = await moveSeveral(cluster, prepared, { client: "me@here", signal });
    return results[0];
  }

  it("stays with its home forgotten where its move fails, and where that cannot be noted either", async () => {
    const cluster = await world({ ham0: () => [guest(1)], ham1: () => [] });
    const prepared = await prepareDrain(cluster, "ham0");
    const noted: string[] = [];
    const change = ({ actions }: Change) => {
      noted.push(JSON.stringify(actions));
      return noted.length > 1 ? Promise.reject(new NodeError(lostNode)) : Promise.resolve({ kind: "done", left: [] });
    };
    const stream = () => Promise.reject(new UserError("no room for it"));
    Object.assign(cluster.node("ham0"), { change, stream, ask: () => Promise.reject(new UserError("no room for it")) });
    const { results } = await moveSeveral(cluster, prepared, { client: "me@here" });
    expect(results).toMatchObject([{ name: "web1", outcome: "stayed", detail: "no room for it" }]);
    expect(noted).toHaveLength(2);
    expect(noted[0]).toContain("ham0");
    expect(noted[1]).toContain("--remove");
  });

  it("is said of each where the home of one cannot be noted, which does not move", async () => {
    const cluster = await world({ ham0: () => [guest(1), guest(2), guest(3)], ham1: () => [] });
    const prepared = await prepareDrain(cluster, "ham0");
    const begun: string[] = [];
    const change = ({ name }: Change) => {
      if (name === "web1") return Promise.reject(new UnheardChange(lostNode));
      return Promise.resolve(name === "web2" ? { kind: "failed", done: 0, said: "no" } : { kind: "done", left: [] });
    };
    const stream = () => Promise.reject(new UserError("no room for it"));
    const ask = () => {
      begun.push("asked");
      return Promise.reject(new UserError("no room for it"));
    };
    Object.assign(cluster.node("ham0"), { change, stream, ask });
    const { results } = await moveSeveral(cluster, prepared, { client: "me@here" });
    expect(results).toMatchObject([
      { name: "web1", outcome: "unknown", exitCode: 5, detail: "lost: the wire was cut" },
      { name: "web2", outcome: "stayed", exitCode: 6, detail: "its home could not be noted: no; it was not moved" },
      { name: "web3", outcome: "stayed", detail: "no room for it" },
    ]);
    expect(begun).toEqual(["asked"]);
  });

  it("is said of each, also of those that could go nowhere", async () => {
    expect(await moved(new UserError("it is busy", { hint: "wait", exitCode: 6 }))).toMatchObject({
      ...{ name: "web1", from: "ham0", to: "ham1", node: "ham0", outcome: "stayed", exitCode: 6 },
      ...{ detail: "it is busy", hint: "wait" },
    });
    expect(await moved(new UserError("no"))).toMatchObject({ hint: null, exitCode: 1 });
    expect(await moved(new NodeError(lostNode))).toMatchObject({
      ...{ outcome: "unknown", node: null, exitCode: 5, hint: "once it answers: mclu jobs list ham0, mclu list" },
    });
    expect(await moved(new Error("x"), AbortSignal.abort())).toMatchObject({ outcome: "stayed", exitCode: 130 });
    await expect(moved(new TypeError("a bug"))).rejects.toThrow("a bug");
    const stuck = [{ node: "ham0", name: "db", uuid: "u", to: null, why: "no room", hint: null }];
    const cluster = await world({ ham0: () => [] });
    const none = { verb: "drain", node: "ham0", moves: [], stuck, nodes: [] } as const;
    expect((await moveSeveral(cluster, none, { client: "me@here" })).results).toMatchObject([
      { name: "db", from: "ham0", to: "-", outcome: "stayed", detail: "no room", exitCode: 6 },
    ]);
  });
});
