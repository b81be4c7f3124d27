import { describe, expect, it } from "vitest";
import { guestFilter } from "../../../src/operations/top/guest-filter.ts";
import type { GuestLoad, Load } from "../../../src/operations/top/load.ts";
import type { NodeNow } from "../../../src/operations/top/observer.ts";
import { type TopSort, topReport, topSorts } from "../../../src/operations/top/report.ts";

const nothing: Load = {
  ...{ cpu: null, cpus: 1, memory: { used: null, total: 2 } },
  ...{ disk: { read: null, written: null }, network: { received: null, sent: null } },
};

function guest(name: string, load: Partial<Load>, state: GuestLoad["state"] = "running"): GuestLoad {
  return { ...nothing, ...load, name, uuid: name, state };
}

function on(node: string, load: Partial<Load>, guests: readonly GuestLoad[]): NodeNow {
  return { node, state: "on", seen: 7, known: [], load: { ...nothing, ...load }, guests };
}

const known = [
  { uuid: "1", name: "old1", active: true },
  { uuid: "2", name: "old2", active: false },
];
const nodes: readonly NodeNow[] = [
  on("ham0", { cpu: 1 }, [
    guest("a", { cpu: 0.1, memory: { used: 9, total: 9 } }),
    guest("b", { disk: { read: 5, written: null }, network: { received: null, sent: 2 } }),
    guest("c", {}, "shut off"),
  ]),
  { node: "ham1", state: "off", detail: "no route", seen: 5, known },
  on("ham2", { cpu: 2 }, [guest("d", { cpu: 0.2, disk: { read: 1, written: 1 } }), guest("e", {}, null)]),
  { node: "ham3", state: "pending", seen: null, known: [] },
];

describe("topReport", () => {
  const order = (sort: TopSort) => topReport(nodes, { sort }).guests.map(({ name }) => name);

  it("has the largest first, then the others in their order", () => {
    const found = Object.fromEntries(topSorts.map((sort) => [sort, order(sort).join("")]));
    expect(found).toEqual({ cpu: "dabce", memory: "abcde", disk: "bdace", network: "bacde", name: "abcde" });
    expect(topReport(nodes, {}).nodes.map(({ node }) => node)).toEqual(["ham2", "ham0", "ham1", "ham3"]);
    expect(topReport(nodes, { sort: "name" }).nodes.map(({ node }) => node)).toEqual(["ham0", "ham1", "ham2", "ham3"]);
  });

  it("remembers the guests of nodes that do not answer", () => {
    const { nodes: shown, remembered } = topReport(nodes, { sort: "name" });
    expect(shown[1]).toEqual({ node: "ham1", state: "off", detail: "no route", seen: 5 });
    expect(remembered).toEqual(known.map((each) => ({ ...each, node: "ham1", seen: 5 })));
  });

  it("leaves out what does not run, or is not meant", () => {
    const running = topReport(nodes, { running: true });
    expect(running.guests.map(({ name }) => name)).toEqual(["d", "a", "b"]);
    expect(running.remembered.map(({ name }) => name)).toEqual(["old1"]);
    const some = topReport(nodes, { filter: ({ name }) => name === "a" || name === "old2" });
    expect([...some.guests, ...some.remembered].map(({ name }) => name)).toEqual(["a", "old2"]);
    expect(some.nodes).toHaveLength(4);
  });
});

describe("guestFilter", () => {
  it.each([
    ["", "ham0/web1 ham0/Web10 ham1/db"],
    ["WEB", "ham0/web1 ham0/Web10"],
    ["m0/w", ""],
    ["ham1", "ham1/db"],
    ["web?", "ham0/web1"],
    ["*b*", "ham0/web1 ham0/Web10 ham1/db"],
    ["ham0/", "ham0/web1 ham0/Web10"],
    ["ham0/10", "ham0/Web10"],
    ["ham*/d*", "ham1/db"],
    ["@fast", "ham0/web1 ham0/Web10"],
    ["@fast/web1", "ham0/web1 ham0/Web10"],
    ["@fast/web1*", "ham0/web1"],
    ["@none/web1", ""],
    ["ham0/web1/x", ""],
  ])("%j means %j", (text, meant) => {
    const guests = ["ham0/web1", "ham0/Web10", "ham1/db"].map((place) => {
      const [node = "", name = ""] = place.split("/");
      return { node, name };
    });
    const filter = guestFilter(text, (node) => (node === "ham0" ? ["fast"] : []));
    expect(
      guests
        .filter(filter)
        .map(({ node, name }) => `${node}/${name}`)
        .join(" "),
    ).toBe(meant);
  });
});
