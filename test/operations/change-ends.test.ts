import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Action, ChangeAnswer, CurrentState } from "../../src/libvirt/change.ts";
import type { FileFacts } from "../../src/libvirt/files-query.ts";
import { Redefinition } from "../../src/libvirt/redefinition.ts";
import { failed, NodeError, UnheardChange } from "../../src/node/failure.ts";
import { Node } from "../../src/node/node.ts";
import { applyTarget } from "../../src/operations/apply-target.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import { offNode } from "../support/fake-host.ts";

const target: ChangeTarget = {
  ...change({ will: "stop", done: "stopped" }, [{ virsh: ["shutdown", "u"] }], ["shut off"]),
  ...{ node: "ham0", name: "web1", uuid: "u", state: "running" },
};
const stop: ChangeTarget = {
  ...target,
  wait: { seconds: 0, again: [{ virsh: ["again"] }], force: [{ virsh: ["destroy", "u"] }] },
};
const gentle: ChangeTarget = { ...target, wait: { seconds: 0, again: [], force: [] } };

type Reply = ChangeAnswer | Error;

/** Does one change after the other as it is told, and sees these states, the last of them for ever. */
function apply(one: ChangeTarget, replies: readonly Reply[], states: readonly Seen[] = [undefined], more: More = {}) {
  const left = [...replies];
  const answers = (reply: Reply | undefined): Promise<ChangeAnswer> =>
    reply instanceof Error ? Promise.reject(reply) : Promise.resolve(reply ?? { kind: "done", left: [] });
  const node = new Node({ ...nodeDefaults, name: "ham0", host: "ham0" }, () => Promise.reject(new Error("nobody")));
  const ask = () => (more.files instanceof Error ? Promise.reject(more.files) : Promise.resolve(more.files));
  Object.assign(node, { change: () => answers(left.shift()), ask });
  let seen = 0;
  const look = () => {
    const state = states[Math.min(seen++, states.length - 1)];
    return state instanceof Error ? Promise.reject(state) : Promise.resolve(state);
  };
  return applyTarget(node, one, { look }, more.signal);
}

type Seen = CurrentState | undefined | Error;
interface More {
  readonly files?: readonly (FileFacts | null)[] | Error;
  readonly signal?: AbortSignal;
}

const done: ChangeAnswer = { kind: "done", left: [] };
const no: ChangeAnswer = { kind: "failed", done: 0, said: "no" };
const lost = new UnheardChange({ state: "failed", reason: "lost", detail: "cut", hint: "" });

describe("a guest that is asked to switch itself off", () => {
  it.each<[string, ChangeTarget, readonly Reply[], readonly Seen[], object]>([
    ["is off", stop, [done], ["shut off"], { outcome: "done", what: "stopped" }],
    ["is powered off at last", stop, [done, done], ["running"], { outcome: "done", what: "powered off" }],
    [
      "goes off in the very last moment",
      stop,
      [done, no],
      ["running", "shut off"],
      { outcome: "done", what: "stopped" },
    ],
    ["cannot be powered off either", stop, [done, no], ["running"], { outcome: "failed", detail: "no" }],
    ["goes on", gentle, [done], ["running"], { outcome: "deadline", detail: "it is still running after 0 s" }],
    ["is in no known state", gentle, [done], [null], { outcome: "deadline", detail: "it is still there after 0 s" }],
    ["is on a node that fell silent", stop, [done], [undefined], { outcome: "unknown" }],
  ])("%s", async (_what, one, replies, states, expected) => {
    expect(await apply(one, replies, states)).toMatchObject(expected);
  });

  it("is asked again at half time, once", async () => {
    const wait = { seconds: 0.05, again: [{ virsh: ["again"] }], force: [] };
    const asked: (readonly Action[])[] = [];
    const node = new Node({ ...nodeDefaults, name: "ham0", host: "ham0" }, () => Promise.reject(new Error("nobody")));
    Object.assign(node, {
      change: ({ actions }: { actions: readonly Action[] }) => {
        asked.push(actions);
        return Promise.resolve(done);
      },
    });
    const look = () => new Promise<CurrentState>((resolve) => setTimeout(resolve, 2, "running"));
    const result = await applyTarget(node, { ...target, wait }, { look }, undefined);
    expect(result.outcome).toBe("deadline");
    expect(asked).toEqual([target.actions, wait.again]);
  });
});

describe("a change that was not done", () => {
  it.each<[Reply, object]>([
    [
      { kind: "renamed", name: "www" },
      { outcome: "refused", detail: "changed meanwhile: u is named www now; nothing was done" },
    ],
    [
      { kind: "conflict", done: 0, difference: "-a\n+b\n" },
      { outcome: "refused", detail: expect.stringContaining("nothing was done:\n-a\n+b"), hint: "type it again" },
    ],
    [
      { kind: "taken", done: 0, path: "/pool/web1-vdb.qcow2" },
      {
        outcome: "refused",
        detail: "changed meanwhile: somebody else has made /pool/web1-vdb.qcow2; nothing was done",
        hint: "type it again",
      },
    ],
    [{ kind: "gone" }, { outcome: "refused", detail: "changed meanwhile: it is no longer there; nothing was done" }],
    [
      new NodeError(offNode),
      { outcome: "unreachable", hint: "mclu status ham0", detail: expect.stringContaining("ham0 is off: ") },
    ],
  ])("says why: %#", async (reply, expected) => {
    expect(await apply(target, [reply])).toMatchObject({ what: "not stopped", ...expected });
  });

  it("says what libvirt said, where no state shows whether it was done", async () => {
    expect(await apply({ ...target, goal: [] }, [no])).toMatchObject({ outcome: "failed", detail: "no" });
  });

  it("says what to do of what is so for good, and else to look again", async () => {
    const look: Action = {
      has: ["vol-dumpxml", "v"],
      text: "raw",
      why: "its pool takes it for another",
      instead: "mclu x",
    };
    const looking: ChangeTarget = { ...target, actions: [{ virsh: ["pool-refresh", "p"] }, look], goal: [] };
    const end = (said: string) => apply(looking, [{ kind: "failed", done: 1, said: `${said}\n` }]);
    expect(await end("its pool takes it for another")).toMatchObject({
      ...{
        outcome: "refused",
        what: "not stopped",
        detail: "its pool takes it for another\nbefore that was done: pool-refresh p",
      },
      hint: "mclu x",
    });
    expect(await end("error: no such volume")).toMatchObject({
      ...{ outcome: "refused", detail: expect.stringMatching(/^changed meanwhile: error: no such volume/) },
      hint: "type it again, and look at the new plan",
    });
  });

  it.each([
    ["error: internal error: unable to execute QEMU command 'device_add': Bus 'pci.0' does not support hotplugging", 0],
    ["Hot-unplug failed: unsupported by the port device 'pcie-root-port-3'", 0],
    ["Unsupported bus. Bus doesn't have property 'acpi-pcihp-bsel' set", 0],
    ["Hot-unplug failed: guest is busy (power indicator blinking)", 1],
    ["error: Cannot access storage file '/i/a': Permission denied", 1],
    ["qemu-img: /pool/a: No space left on device", 1],
  ])("proposes to power a guest off only where its machine plugs nothing: %s", async (said, other) => {
    const hints = ["mclu stop ham0/web1, the same command again", "mclu info ham0/web1"];
    const one = { ...target, goal: [], unpluggable: hints[0] ?? "" };
    expect(await apply(one, [{ kind: "failed", done: 0, said }])).toMatchObject({
      outcome: "failed",
      hint: hints[other],
    });
  });

  it("says what to do where a guest does not let go of a device, not where nobody can look", async () => {
    const waiting: Action = { until: ["dumpxml", "u"], lacks: "x", seconds: 20, why: "it has not", instead: "mclu x" };
    const one = { ...target, goal: [], actions: [waiting] };
    expect(await apply(one, [{ kind: "failed", done: 0, said: "it has not\n" }])).toMatchObject({ hint: "mclu x" });
    expect(await apply(one, [{ kind: "failed", done: 0, said: "error: cut" }])).toMatchObject({
      hint: "mclu info ham0/web1",
    });
  });

  it("says which commands were done before one failed", async () => {
    const actions: Action[] = [
      { redefine: new Redefinition("<domain/>", "<domain/>", { validate: false }) },
      { unless: ["metadata", "u"], why: "" },
      { virsh: ["setvcpus", "u", "2"] },
      { virsh: ["setmem", "u"] },
    ];
    const several = { ...target, actions, goal: [] };
    expect(await apply(several, [{ kind: "failed", done: 3, said: "no" }])).toMatchObject({
      detail: "no\nbefore that was done: define; setvcpus u 2",
    });
  });

  it("is as good as done where the state that nobody knows is the goal", async () => {
    expect(await apply({ ...target, goal: [null] }, [no], [null])).toMatchObject({ what: "already " });
  });

  it("is interrupted before it began, or unknown after", async () => {
    const signal = AbortSignal.abort();
    const reason = new Error("interrupted");
    expect(await apply(target, [reason], [], { signal })).toMatchObject({ outcome: "interrupted" });
    expect(await apply(stop, [done], [reason], { signal })).toMatchObject({ outcome: "unknown" });
  });

  it("is unknown where the node fails after something was sent", async () => {
    expect(await apply(stop, [done, failed("auth", "no key", "ssh-add")], ["running"])).toMatchObject({
      outcome: "unknown",
      detail: "auth: no key: it may have been done",
    });
  });

  it("passes a bug on", async () => {
    await expect(apply(target, [new TypeError("a bug")])).rejects.toThrow("a bug");
  });
});

it("a change that libvirt did with more than it was told says what more", async () => {
  const more = { kind: "done", left: [], surprise: "+  <x/>\n" } as const;
  const said = "libvirt changed more than that:\n+  <x/>";
  expect(await apply(target, [more])).toMatchObject({ outcome: "done", what: "stopped", detail: said });
  expect(await apply({ ...target, after: "and then" }, [more])).toMatchObject({ detail: `and then\n${said}` });
});

describe("a change whose end was not heard", () => {
  it("is unknown where libvirt is still at it, or where nobody sees the guest", async () => {
    const slow = await apply(target, [{ kind: "slow", done: 0 }], ["running"]);
    expect(slow).toMatchObject({
      outcome: "unknown",
      detail: "libvirt is still at it; asked again: running: it may have been done",
    });
    expect(await apply(target, [lost], [null])).toMatchObject({
      detail: "cut; asked again: unknown: it may have been done",
    });
    expect(await apply(target, [lost], [new Error("cut again")])).toMatchObject({ outcome: "unknown" });
    const make = { path: "/i/a", part: "/i/.a", format: "qcow2", size: 1 } as const;
    expect(await apply({ ...target, actions: [{ make }], goal: [] }, [lost])).toMatchObject({
      detail: "cut: it may have been done; where it was not, /i/a may be left",
    });
    expect(await apply({ ...target, goal: [null] }, [lost], [null])).toMatchObject({ outcome: "done" });
  });

  const file = { path: "/i/a", identity: "8:1", volume: null, places: [] };
  const deletion = { ...target, actions: [{ virsh: ["undefine", "u"] }, { remove: file }], goal: ["gone" as const] };
  const identity = (target: string): FileFacts => ({
    ...{ identity: target, target, size: 1, kind: "regular file", leadsTo: "regular file", fileSystem: "ext2/ext3" },
  });

  it.each<[string, More["files"], object]>([
    ["removed", [null], { outcome: "done" }],
    ["another file by now", [identity("8:2")], { outcome: "done" }],
    ["still there", [identity("8:1")], { outcome: "failed", detail: expect.stringContaining("/i/a remains: ") }],
    ["not seen", lost, { outcome: "unknown", detail: expect.stringContaining("its files were not seen") }],
  ])("looks at the files of a deleted guest: %s", async (_what, files, expected) => {
    expect(await apply(deletion, [lost], ["gone"], { files: files ?? [] })).toMatchObject(expected);
  });

  it("refuses what somebody has changed meanwhile, and says what was done before that", async () => {
    const last: Action = { has: ["dumpxml", "u"], text: "<x/>", why: "" };
    const refused = { ...target, actions: [{ virsh: ["detach-disk", "u"] }, { free: file, but: "u" }, last] };
    const taken = (done: number): ChangeAnswer => ({ kind: "failed", done, said: "the guest b names it by now\n" });
    expect(await apply(refused, [taken(1)], ["running"])).toMatchObject({
      outcome: "refused",
      detail: "changed meanwhile: the guest b names it by now\nbefore that was done: detach-disk u",
    });
    expect(await apply({ ...target, actions: [last] }, [taken(0)], ["running"])).toMatchObject({
      outcome: "refused",
      detail: "changed meanwhile: the guest b names it by now; nothing was done",
    });
  });

  it("names no file where a deletion had none to remove", async () => {
    const kept = { what: "disk", path: "/i/a", fate: "keep", reason: "shared", size: 1 } as const;
    expect((await apply({ ...deletion, files: [kept] }, [no], ["running"])).detail).toContain(
      "and all that belongs to it",
    );
  });
});
