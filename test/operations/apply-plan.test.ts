import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Change, ChangeAnswer } from "../../src/libvirt/change.ts";
import { failed, UnheardChange } from "../../src/node/failure.ts";
import { type AskOptions, Node } from "../../src/node/node.ts";
import { applyTarget } from "../../src/operations/apply-target.ts";
import { type ChangeOutcome, changeExitCode } from "../../src/operations/change-report.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import type { StateWatch } from "../../src/operations/state-watch.ts";

const target: ChangeTarget = {
  ...change({ will: "start", done: "started" }, [{ virsh: ["start", "u"] }], ["running"]),
  node: "ham0",
  name: "web1",
  uuid: "u",
  state: "shut off",
};

/** A node that answers a change like this. */
class FakeNode extends Node {
  readonly #answer: (signal?: AbortSignal) => Promise<ChangeAnswer>;

  constructor(answer: (signal?: AbortSignal) => Promise<ChangeAnswer>) {
    super({ ...nodeDefaults, name: "ham0", host: "ham0" }, () => Promise.reject(new Error("nobody connects")));
    this.#answer = answer;
  }

  override change(_: Change, { signal }: AskOptions = {}): Promise<ChangeAnswer> {
    return this.#answer(signal);
  }
}

const sees = (state: Awaited<ReturnType<StateWatch["look"]>>): StateWatch => ({ look: () => Promise.resolve(state) });
const lost = () => Promise.reject(new UnheardChange({ state: "failed", reason: "lost", detail: "cut", hint: "" }));
const apply = (answer: () => Promise<ChangeAnswer>, state: Awaited<ReturnType<StateWatch["look"]>>, one = target) =>
  applyTarget(new FakeNode(answer), one, sees(state), undefined);

describe("a change whose end was not heard", () => {
  it("is done where the guest is now as it should be", async () => {
    expect(await apply(lost, "running")).toMatchObject({ outcome: "done", detail: "cut; asked again: running" });
  });

  it.each([["shut off" as const], [undefined], ["gone" as const]])("is unknown where it is %s", async (state) => {
    const result = await apply(lost, state);
    expect(result).toMatchObject({ outcome: "unknown", hint: "mclu info ham0/web1" });
    expect(result.detail).toContain("it may have been done");
  });

  it("is waited for no longer than there is time, where a guest is asked for the second time to switch itself off", async () => {
    let asked = 0;
    const answer = (signal?: AbortSignal) =>
      asked++ === 0
        ? Promise.resolve<ChangeAnswer>({ kind: "done", left: [] })
        : new Promise<never>((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason)));
    const wait = { seconds: 0.2, again: [{ virsh: ["shutdown", "u"] }], force: [] };
    const result = await apply(answer, "running", { ...target, will: "stop", done: "stopped", wait });
    expect(result).toMatchObject({ outcome: "deadline", detail: "it is still running after 0.2 s" });
    expect(result.seconds).toBeLessThan(4);
    expect(asked).toBe(2);
  });

  it("is unknown where no state shows it", async () => {
    expect(await apply(lost, "running", { ...target, goal: [] })).toMatchObject({ outcome: "unknown" });
  });
});

describe("a change that was not done", () => {
  it("is as good as done where somebody else did it", async () => {
    const answer = () => Promise.resolve({ kind: "failed" as const, done: 0, said: "already active" });
    expect(await apply(answer, "running")).toMatchObject({ outcome: "already", what: "already running" });
    expect(await apply(answer, "shut off")).toMatchObject({ outcome: "failed", detail: "already active" });
  });

  it("says nothing of what remains where nothing was to be removed, though a guest may be gone afterwards", async () => {
    const answer = () => Promise.resolve({ kind: "failed" as const, done: 0, said: "no" });
    const stop = { ...target, goal: ["shut off" as const, "gone" as const] };
    expect(await apply(answer, "running", stop)).toMatchObject({ outcome: "failed", detail: "no" });
  });

  it("says of a deletion what remains", async () => {
    const files = [{ what: "disk vda", path: "/i/web1", fate: "remove", reason: null, size: 1 }] as const;
    const actions = [{ virsh: ["destroy", "u"] }, { virsh: ["undefine", "u"] }, { unless: ["domname", "u"], why: "" }];
    const deletion = { ...target, actions, files, goal: ["gone" as const] };
    const endedAt = (done: number) => () => Promise.resolve({ kind: "failed" as const, done, said: "no" });
    expect((await apply(endedAt(0), "running", deletion)).detail).toBe("no\nits definition remains, and /i/web1");
    expect((await apply(endedAt(1), "shut off", deletion)).detail).toContain(
      "it was powered off; its definition remains",
    );
    expect((await apply(endedAt(2), "gone", deletion)).detail).toContain(
      "its definition is removed; what remains: /i/web1",
    );
  });

  it("names the files that could not be removed", async () => {
    const left = [{ path: "/i/web 1", why: "Read-only file system" }];
    const result = await apply(() => Promise.resolve({ kind: "done", left }), "gone");
    expect(result).toMatchObject({ outcome: "failed", hint: "mclu exec ham0 -- ls -l '/i/web 1'" });
    expect(result.detail).toContain("/i/web 1 remains: Read-only file system");
  });

  it("is unreachable where the node was gone before", async () => {
    const result = await apply(() => Promise.reject(failed("auth", "no key", "ssh-add")), undefined);
    expect(result).toMatchObject({ outcome: "unreachable", hint: "ssh-add" });
    expect(result.detail).toContain("nothing was done");
  });
});

describe("changeExitCode", () => {
  it.each<[readonly ChangeOutcome[], number]>([
    [[], 0],
    [["done", "already"], 0],
    [["failed"], 1],
    [["failed", "already"], 3],
    [["failed", "deadline"], 7],
    [["deadline", "unknown"], 5],
    [["unreachable", "refused", "done"], 6],
    [["refused", "interrupted"], 130],
  ])("of %j is %i", (outcomes, code) => {
    const results = outcomes.map((outcome) => ({ ...target, outcome, what: "", detail: null, hint: null, seconds: 0 }));
    expect(changeExitCode({ results })).toBe(code);
  });
});
