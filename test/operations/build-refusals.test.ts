import { describe, expect, it } from "vitest";
import { refuseSeen, refuseSilent, refuseTaken, requireLogin } from "../../src/operations/build-refusals.ts";
import { findGuests } from "../../src/operations/find-guest.ts";
import type { Recipe } from "../../src/template/recipe.ts";
import { fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { reservation } from "../support/reservation.ts";
import { testUuid } from "../support/test-driver.ts";

const wishes = [{ name: "web1", node: undefined }];
const on = { node: "ham0", state: "on" } as const;
const off = { node: "ham1", ...offNode };
const refusedWith = (message: string, hint: string) =>
  expect.objectContaining({
    exitCode: 6,
    message: expect.stringContaining(message),
    hint: expect.stringContaining(hint),
  });

describe("a name", () => {
  it("that a guest has is refused", () => {
    const candidates = (name: string) => ({ guests: [{ node: "ham0", name }], reserved: [] });
    expect(() => refuseTaken(wishes, candidates("web1"))).toThrow(
      refusedWith("a guest ham0/web1", "mclu info ham0/web1"),
    );
    expect(() => refuseTaken(wishes, candidates("web2"))).not.toThrow();
  });

  it("that is reserved is refused before a plan promises it", () => {
    const reserved = [reservation("ham1")];
    expect(() => refuseTaken(wishes, { guests: [], reserved })).toThrow(
      refusedWith("somebody is building a guest web1 on ham1", "mclu jobs"),
    );
    expect(() => refuseTaken([{ name: "web2", node: undefined }], { guests: [], reserved })).not.toThrow();
  });

  it("that may be on a node that failed is refused; a node that is off is no reason", () => {
    expect(() => refuseSilent(wishes, [on, { node: "ham1", ...lostNode }])).toThrow(
      refusedWith("whether web1 is free is unknown: no answer from ham1 (lost)", "ping ham0\nor: --force"),
    );
    const denied = { state: "failed", reason: "denied", detail: "planted: /d", hint: "ls -ld /d" } as const;
    expect(() => refuseSilent(wishes, [on, { node: "ham1", ...denied }])).toThrow(
      refusedWith("no answer from ham1 (denied: planted: /d)", "ls -ld /d\nor: --force"),
    );
    expect(() => refuseSilent(wishes, [on, off])).not.toThrow();
  });

  it("that a node had before it went off is refused", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [{ name: "web1", uuid: testUuid(1) }] });
    expect(() => refuseSeen(cluster, wishes, [on, off])).not.toThrow();
    await findGuests(cluster, "all");
    expect(() => refuseSeen(cluster, wishes, [on, off])).toThrow(
      refusedWith("ham1, which is off, had a guest web1", ""),
    );
    expect(() => refuseSeen(cluster, wishes, [on, { ...on, node: "ham1" }])).not.toThrow();
  });
});

it("a guest that nobody could enter is refused, unless that is wanted", () => {
  const recipe = (...names: string[]) => ({ steps: names.map((name) => ({ name })) }) as unknown as Recipe;
  expect(() => requireLogin(recipe("install"), false)).toThrow(refusedWith("nobody could log in", "--no-login"));
  expect(() => requireLogin(recipe("install"), true)).not.toThrow();
  expect(() => requireLogin(recipe("install", "ssh-inject"), false)).not.toThrow();
});

it.each([
  ["root-password", "password:x", true],
  ["root-password", "file:/srv/pw", true],
  ["root-password", "disabled", false],
  ["root-password", "locked:disabled", false],
  ["root-password", "lock", false],
  ["password", "disabled:password:x", true],
  ["password", "kei:password:disabled", true],
  ["password", "kei:lock:password:x", false],
  ["password", "kei:disabled", false],
])("with %s %s somebody could enter: %s", (name, value, isOpen) => {
  const recipe = { steps: [{ name, value }] } as unknown as Recipe;
  if (isOpen) requireLogin(recipe, false);
  else expect(() => requireLogin(recipe, false)).toThrow(refusedWith("nobody could log in", "--no-login"));
});
