import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import type { DomainState } from "../../src/libvirt/domains.ts";
import { protectionNamespace } from "../../src/libvirt/guest-look.ts";
import type { NodeSilence } from "../../src/node/failure.ts";
import { planAutostart } from "../../src/operations/autostart.ts";
import { planDestroy } from "../../src/operations/destroy.ts";
import { type PowerVerb, planPower } from "../../src/operations/power.ts";
import { planProtection } from "../../src/operations/protection.ts";
import { planStart } from "../../src/operations/start.ts";
import { planStop } from "../../src/operations/stop.ts";
import { type FakeAnswers, type FakeGuest, fakeCluster, lostNode, offNode, runHere } from "../support/fake-host.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const uuid = testUuid(1);
const web1 = { guests: ["web1"] };
const guest = (more: Partial<FakeGuest> = {}): FakeGuest => ({ name: "web1", uuid, ...more });
const one = (more: Partial<FakeGuest> = {}) => fakeCluster({ ham0: () => [guest(more)] });
const mark = `<metadata><p:protected xmlns:p='${protectionNamespace}'/></metadata>`;
const isProtected = `<domain><name>web1</name>${mark}</domain>`;

describe("a power verb", () => {
  it.each<[PowerVerb, DomainState | null, string]>([
    ["reboot", "idle", "reboot"],
    ["reboot", "paused", "it is paused; mclu resume ham0/web1"],
    ["reset", "idle", "reset"],
    ["reset", "paused", "reset"],
    ["reset", "in shutdown", "reset"],
    ["reset", "shut off", "it is shut off; mclu start ham0/web1"],
    ["reset", "crashed", "it is crashed; mclu destroy ham0/web1"],
    ["reset", null, "it is in no known state; mclu start ham0/web1"],
    ["pause", "pmsuspended", "it is pmsuspended; mclu resume ham0/web1"],
    ["pause", "idle", "suspend"],
    ["resume", "pmsuspended", "dompmwakeup"],
    ["resume", "idle", "already running"],
  ])("%s of a guest that is %s: %s", async (verb, state, expected) => {
    const [target] = (await planPower(await one({ state }), verb, web1)).targets;
    if (target?.verdict === "change") expect(target.actions).toEqual([{ virsh: [expected, uuid] }]);
    else if (target?.verdict === "already") expect(target.why).toBe(expected);
    else expect(`${target?.why}; ${target?.hint}`).toBe(expected);
  });
});

describe("start", () => {
  it.each<[DomainState, string]>([
    ["pmsuspended", "mclu resume ham0/web1"],
    ["in shutdown", "mclu wait ham0/web1 --for 'shut off'"],
    ["crashed", "mclu destroy ham0/web1, and start it then"],
  ])("refuses a guest that is %s and says what to type", async (state, hint) => {
    expect((await planStart(await one({ state }), web1)).targets).toMatchObject([{ verdict: "refused", hint }]);
  });

  it("refuses a guest that runs on another node", async () => {
    const nodes = { ham0: () => [guest({ state: "shut off" })], ham1: () => [guest()] };
    const cluster = await fakeCluster(nodes);
    await planStop(cluster, { guests: [], all: true });
    const { targets } = await planStart(cluster, { guests: ["ham0/web1"] });
    expect(targets).toMatchObject([
      { verdict: "refused", why: expect.stringContaining("it runs on ham1: two of one") },
    ]);
  });
});

describe("start of a guest with a pipe for a disk", () => {
  const disk = (target: string, path: string) =>
    `<disk type='file' device='disk'><source file='${path}'/><target dev='${target}'/></disk>`;
  /** A plan for three guests on a node that has their files: the second has a pipe among them. */
  const plan = async (run: NonNullable<FakeAnswers["run"]>) => {
    const here = temporaryDirectory();
    execFileSync("sh", ["-c", 'cd "$1" && mkfifo pipe && : >image', "sh", here]);
    const devices = [disk("vda", `${here}/image`), disk("sda", `${here}/image`) + disk("sdb", `${here}/pipe`), ""];
    const guests = devices.map((inner, index): FakeGuest => {
      const xml = `<domain><name>web${index}</name><devices>${inner}</devices></domain>`;
      return { name: `web${index}`, uuid: testUuid(index), state: "shut off", xml: index === 2 ? "" : xml };
    });
    const cluster = await fakeCluster({ ham0: () => guests }, "", { run });
    return { here, targets: (await planStart(cluster, { guests: [], all: true })).targets };
  };

  it("is refused, for libvirt would wait there, and is started where nothing is known of its files", async () => {
    const { here, targets } = await plan(runHere);
    expect(targets).toMatchObject([
      { verdict: "change" },
      {
        verdict: "refused",
        why: `${here}/pipe, which it has for sdb, is a pipe: libvirt would wait there for ever, and answer nobody`,
        hint: "mclu disk remove ham0/web1 sdb",
      },
      { verdict: "change" },
    ]);
    const silent = await plan(() => ({ code: 0, texts: ["1 no answer\n2 no answer\n"] }));
    expect(silent.targets.map(({ verdict }) => verdict)).toEqual(["change", "change", "change"]);
  });

  it("is not refused where its node falls silent meanwhile: its start says so", async () => {
    const off = guest({ state: "shut off" });
    const cluster = await fakeCluster({ ham0: (asked) => (asked < 1 ? [off] : lostNode) });
    expect((await planStart(cluster, web1)).targets).toMatchObject([{ verdict: "change" }]);
  });
});

describe("stop", () => {
  it("says of a guest that sleeps that it cannot switch itself off", async () => {
    const { targets } = await planStop(await one({ state: "pmsuspended" }), web1);
    expect(targets).toMatchObject([{ verdict: "refused", why: "it sleeps and cannot switch itself off" }]);
  });

  it("powers off a guest that has crashed and is kept so, where that was asked for", async () => {
    const crashed = await one({ state: "crashed" });
    expect((await planStop(crashed, web1)).targets).toMatchObject([
      { why: "it has crashed and cannot switch itself off", hint: "power it off: mclu stop --force ham0/web1" },
    ]);
    const destroy = { actions: [{ unless: expect.any(Array) }, { virsh: ["destroy", uuid] }], wait: null };
    expect((await planStop(crashed, web1, { force: true })).targets).toMatchObject([destroy]);
    expect((await planDestroy(crashed, web1)).targets).toMatchObject([destroy]);
  });

  it("asks a guest that runs, and again by ACPI, and powers it off only where that was asked for", async () => {
    const stop = async (force: boolean) => (await planStop(await one(), web1, { force, timeout: 30 })).targets;
    const again = [{ virsh: ["shutdown", uuid, "--mode", "acpi"] }];
    expect(await stop(false)).toMatchObject([
      { actions: [{ virsh: ["shutdown", uuid] }], wait: { seconds: 30, again, force: [] } },
    ]);
    const [forced] = await stop(true);
    expect(forced).toMatchObject({
      wait: { again, force: [{ unless: expect.any(Array) }, { virsh: ["destroy", uuid] }] },
    });
  });

  it("with --force leaves alone what cannot be looked at", async () => {
    const { targets } = await planStop(await one({ xml: "" }), web1, { force: true });
    expect(targets).toMatchObject([{ verdict: "refused", why: "libvirt cannot show what it is" }]);
  });
});

describe("destroy", () => {
  const disks = `<devices><disk><source file='/i/a'/></disk><disk/><disk device='cdrom'><source file='/i/c'/></disk></devices>`;
  const xml = `<domain><name>web1</name>${disks}</domain>`;
  const planned = async (more: Partial<FakeGuest>) => (await planDestroy(await one(more), web1)).targets;

  it.each<[string, Partial<FakeGuest>, string]>([
    ["no disk", {}, "its definition stays; mclu delete ham0/web1 removes the guest"],
    ["a disk", { xml }, "its definition and /i/a stay; mclu delete ham0/web1 removes the guest"],
    ["a disk and no definition", { xml, transient: true }, "it was transient and is gone; what stays: /i/a"],
    ["neither", { transient: true }, "it was transient and is gone; what stays: nothing"],
  ])("says what stays of a guest with %s", async (_what, more, after) => {
    expect(await planned(more)).toMatchObject([{ verdict: "change", after }]);
  });

  it("leaves alone what is protected and what cannot be looked at", async () => {
    expect(await planned({ xml: isProtected })).toMatchObject([{ verdict: "refused", why: "it is protected" }]);
    expect(await planned({ state: null, xml: "" })).toMatchObject([{ hint: `mclu info ${uuid}` }]);
  });

  it.each<[NodeSilence, string, string]>([
    [lostNode, "the wire was cut", "ping ham0"],
    [offNode, "no route to host", "mclu status ham0"],
  ])("refuses where the node falls silent after the guest was found: %#", async (silence, why, hint) => {
    const cluster = await fakeCluster({ ham0: (asked) => (asked === 0 ? [guest()] : silence) });
    expect((await planDestroy(cluster, web1)).targets).toMatchObject([
      { verdict: "refused", why: `its node no longer answers: ${why}`, hint },
    ]);
  });
});

describe("protect and unprotect", () => {
  const planned = async (verb: "protect" | "unprotect", more: Partial<FakeGuest>) =>
    (await planProtection(await one(more), verb, web1)).targets;
  const set = ["metadata", uuid, "--uri", protectionNamespace, "--key", "mclu-protection", "--set", "<protected/>"];

  it("marks what is defined, what runs, or both", async () => {
    const marks = async (more: Partial<FakeGuest>) => {
      const [target] = await planned("protect", more);
      return target?.verdict === "change" ? target.actions : target;
    };
    expect(await marks({})).toEqual([{ virsh: [...set, "--config", "--live"] }]);
    expect(await marks({ transient: true })).toEqual([{ virsh: [...set, "--live"] }]);
    expect(await marks({ state: "shut off" })).toEqual([{ virsh: [...set, "--config"] }]);
    expect(await marks({ state: null })).toEqual([{ virsh: [...set, "--config"] }]);
  });

  it("do nothing where it is so already, or where the guest cannot be looked at", async () => {
    expect(await planned("protect", { xml: isProtected })).toMatchObject([{ why: "already protected" }]);
    expect(await planned("unprotect", {})).toMatchObject([{ verdict: "already", why: "not protected" }]);
    expect(await planned("unprotect", { xml: isProtected })).toMatchObject([{ done: "no longer protected" }]);
    expect(await planned("protect", { xml: "" })).toMatchObject([{ verdict: "refused" }]);
  });
});

describe("autostart", () => {
  const planned = async (more: Partial<FakeGuest>, off = false) =>
    (await planAutostart(await one(more), web1, { off })).targets;

  it("is set and taken away", async () => {
    expect(await planned({})).toMatchObject([{ actions: [{ virsh: ["autostart", uuid] }] }]);
    expect(await planned({ autostart: true }, true)).toMatchObject([
      { actions: [{ virsh: ["autostart", uuid, "--disable"] }] },
    ]);
    expect(await planned({ autostart: true })).toMatchObject([{ verdict: "already" }]);
  });

  it("is refused for a guest that is transient, or that cannot be looked at", async () => {
    expect(await planned({ transient: true })).toMatchObject([{ why: expect.stringContaining("it is transient") }]);
    expect(await planned({ xml: "" })).toMatchObject([{ why: "libvirt cannot show what it is" }]);
  });
});
