import { expect, it } from "vitest";
import type { Action } from "../../src/libvirt/change.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import { commandsOf } from "../../src/operations/show-commands.ts";
import { fakeCluster } from "../support/fake-host.ts";

const file = { path: "/i/a b", identity: "8:1" };
const actions: readonly Action[] = [
  { unless: ["metadata", "u"], why: "" },
  { only: ["domstate", "u"], says: ["shut off", "crashed"], why: "" },
  { virsh: ["undefine", "u"] },
  { remove: { ...file, volume: { pool: "default", name: "a b" } } },
  { remove: { ...file, volume: null } },
];
const target: ChangeTarget = {
  ...change({ will: "", done: "" }, actions),
  ...{ node: "ham0", name: "web1", uuid: "u", state: "running" },
  wait: { seconds: 10, again: [{ virsh: ["shutdown", "u"] }], force: [{ virsh: ["destroy", "u"] }] },
};

it.each([
  ["", ""],
  ["become = sudo\n", "sudo -n "],
])("shows every action as one would type it, with what it depends on: %j", async (settings, sudo) => {
  const cluster = await fakeCluster({ ham0: () => [] }, settings);
  const virsh = `${sudo}virsh -c qemu:///system`;
  const shown = commandsOf(cluster, { verb: "delete", asks: true, targets: [target], nodes: [] });
  expect(shown.map(({ command }) => command)).toEqual([
    `${virsh} domname u`,
    `${virsh} metadata u   # goes on where this fails`,
    `${virsh} domstate u   # goes on only if: shut off, crashed`,
    `${virsh} undefine u`,
    `${virsh} vol-delete --vol 'a b' --pool default   # if /i/a b is still inode 8:1`,
    `${sudo}rm -f -- '/i/a b'   # if /i/a b is still inode 8:1`,
    `${virsh} shutdown u   # if it is not off after 5 s`,
    `${virsh} destroy u   # if it is not off after 10 s`,
  ]);
});
