import { expect, it } from "vitest";
import type { Action } from "../../src/libvirt/change.ts";
import { Redefinition } from "../../src/libvirt/redefinition.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import { commandsOf } from "../../src/operations/show-commands.ts";
import { fakeCluster } from "../support/fake-host.ts";

const file = { path: "/i/a b", identity: "8:1", places: ["/i"] };
const actions: readonly Action[] = [
  { unless: ["metadata", "u"], why: "" },
  { only: ["domstate", "u"], says: ["shut off", "crashed"], why: "" },
  { virsh: ["undefine", "u"] },
  { virsh: ["attach-device", "u"], input: "<disk>\n  <x/>\n</disk>" },
  { has: ["dumpxml", "u"], text: "<disk/>", why: "" },
  { free: file, but: "u" },
  { unbased: { ...file, raw: [] } },
  { until: ["dumpxml", "u"], lacks: "<x/>", seconds: 20, why: "" },
  { redefine: new Redefinition("<domain/>", "<domain/>", { validate: true }) },
  { redefine: new Redefinition("<domain/>", "<domain/>", { validate: false }) },
  { make: { path: "/i/a", part: "/i/.a.part", format: "qcow2", size: 1024 } },
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
    `${virsh} attach-device u   # stdin: <disk><x/></disk>`,
    `${virsh} dumpxml u   # goes on only if it is as it was`,
    `${virsh} list --all   # goes on only if no other guest names /i/a b, and no image is based on it`,
    `${sudo}stat -- '/i/a b'   # goes on only if no image is based on it`,
    `${virsh} dumpxml u   # until it lacks <x/>, 20 s at most`,
    `${virsh} define --validate /dev/stdin   # if dumpxml --inactive --security-info still says what it said`,
    `${virsh} define /dev/stdin   # if dumpxml --inactive --security-info still says what it said`,
    `${sudo}qemu-img create -q -f qcow2 -- /i/.a.part 1024 && ${sudo}ln -T -- /i/.a.part /i/a && ${sudo}rm -- /i/.a.part`,
    `${virsh} vol-delete --vol 'a b' --pool default   # if /i/a b is still inode 8:1, and nobody names it`,
    `${sudo}rm -f -- '/i/a b'   # if /i/a b is still inode 8:1, and nobody names it`,
    `${virsh} shutdown u   # if it is not off after 5 s`,
    `${virsh} destroy u   # if it is not off after 10 s`,
  ]);
});
