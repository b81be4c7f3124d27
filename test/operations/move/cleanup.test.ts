import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { cleanUpMove } from "../../../src/operations/move/cleanup.ts";
import { type FakeFailure, type FakeNode, fakeCluster, offNode } from "../../support/fake-host.ts";
import { ended, fakeJobs, jobFacts } from "../../support/fake-jobs.ts";
import { reachable } from "../../support/reachable.ts";
import { testUuid } from "../../support/test-driver.ts";

const [id, uuid] = ["20261122T010000-bbbbbbbb", testUuid(1)];
const spec = `spec\t${JSON.stringify({ id, kind: "migrate", guest: "web1", template: "ham1", client: "me@here" })}`;
const list = jobFacts([id, spec, "started\t900", "live\tno"]);

/** What comes of a repair that says this, where these nodes have the guest; and its seconds on the node and here. */
async function cleanUp(said: string | FakeFailure, nodes: Readonly<Record<"ham0" | "ham1", FakeNode>>) {
  const run = fakeJobs({ list }, ([, , script = ""]) =>
    script.includes("mclu-host") ? "host uuid\n" : script.includes('sh "$job/rollback"') ? said : undefined,
  );
  const cluster = await fakeCluster(nodes, "", { run });
  const source = cluster.node("ham0");
  const ask = source.ask.bind(source);
  let limits: unknown;
  Object.assign(source, {
    ask: ((query, options) => {
      const [step] = query.steps;
      if (step && "run" in step && step.run[2]?.includes('sh "$job/rollback"'))
        limits = { cap: step.cap, seconds: options?.seconds };
      return ask(query, options);
    }) satisfies typeof source.ask,
  });
  const { results } = await cleanUpMove(cluster, "ham0/web1");
  return { result: results[0], limits };
}

const has: FakeNode = () => [{ name: "web1", uuid, state: "running" }];
const hasNot: FakeNode = () => [];
/** Of timeout(1), whose time was up. */
const cut = (text: string): FakeFailure => ({ code: 124, texts: [text] });
const late = "its repair did not come to its end within 150 s: type it again";

describe("the repair of a move", () => {
  it("is believed where both nodes say the same", async () => {
    expect((await cleanUp(`guest ${uuid}\nmoved\n`, { ham0: hasNot, ham1: has })).result).toMatchObject({
      ...{ uuid, outcome: "moved", node: "ham1", state: "running", detail: null, hint: "mclu gc ham0", exitCode: 0 },
    });
    expect((await cleanUp(`guest ${uuid}\nstayed\n`, { ham0: has, ham1: hasNot })).result).toMatchObject({
      ...{ outcome: "stayed", node: "ham0", state: "running", detail: null, hint: null, exitCode: 0 },
    });
  });

  it("is ended by the node before this machine gives up, and where the guest is both nodes say", async () => {
    const { result, limits } = await cleanUp(cut(`guest ${uuid}\n`), { ham0: hasNot, ham1: has });
    expect(result).toMatchObject({ outcome: "moved", node: "ham1", state: "running", detail: late, exitCode: 1 });
    expect(limits).toEqual({ cap: 150, seconds: 165 });
    expect((await cleanUp(cut(`guest ${uuid}\n`), { ham0: has, ham1: hasNot })).result).toMatchObject({
      ...{ outcome: "stayed", node: "ham0", detail: late, exitCode: 1, hint: `mclu list, mclu jobs show ${id}` },
    });
    expect((await cleanUp(cut(`guest ${uuid}\n`), { ham0: has, ham1: has })).result).toMatchObject({
      ...{ outcome: "unknown", node: null, state: null, detail: late, exitCode: 1 },
    });
  });

  it("that had said what came of it is believed though it had not come to its end", async () => {
    expect((await cleanUp(cut(`guest ${uuid}\nstayed\n`), { ham0: has, ham1: hasNot })).result).toMatchObject({
      ...{ outcome: "stayed", detail: null, exitCode: 0 },
    });
  });

  it("that tells nothing more leaves it to the nodes", async () => {
    const unclear = `guest ${uuid}\nunclear\n`;
    expect((await cleanUp(unclear, { ham0: has, ham1: hasNot })).result).toMatchObject({
      ...{ outcome: "stayed", detail: "its repair did not come to its end", exitCode: 1 },
    });
    expect((await cleanUp("", { ham0: has, ham1: hasNot })).result).toMatchObject({
      ...{ uuid: "", outcome: "unknown", detail: "where it is cannot be told now", exitCode: 1 },
    });
    // both are asked who they are first
    const gone: FakeNode = (asked) => (asked < 1 ? [] : offNode);
    expect((await cleanUp(unclear, { ham0: hasNot, ham1: gone })).result).toMatchObject({
      ...{ outcome: "unknown", node: null, detail: "where it is cannot be told now", exitCode: 5 },
      hint: "mclu status; once both nodes answer, type it again",
    });
    const stayed = await cleanUp(`guest ${uuid}\nstayed\n`, { ham0: hasNot, ham1: gone });
    expect(stayed.result).toMatchObject({
      ...{ outcome: "unknown", detail: "ham0 says that it stayed, and ham1 does not answer this machine", exitCode: 5 },
    });
    const moved = await cleanUp(`guest ${uuid}\nmoved\n`, {
      ham0: (asked) => (asked < 3 ? [] : offNode),
      ham1: hasNot,
    });
    expect(moved.result).toMatchObject({
      ...{
        outcome: "unknown",
        detail: "ham0 says that it has moved, and ham0 does not answer this machine",
        exitCode: 5,
      },
    });
  });

  it("is refused while the move goes on, where there was none, and where its target is another", async () => {
    const { signal } = new AbortController();
    const refusal = async (facts: readonly string[], target?: string) => {
      const run = fakeJobs({ list: jobFacts([id, ...facts]) }, ([, , script = ""]) =>
        script.includes("mclu-host") ? "host uuid\n" : `guest ${uuid}\nstayed\n`,
      );
      const cluster = await fakeCluster({ ham0: has, ham1: hasNot, ham2: hasNot }, "", { run });
      const done = await cleanUpMove(cluster, "ham0/web1", { target, signal }).catch((error: unknown) => error);
      return done instanceof UserError ? done.message : done;
    };
    const dead = [spec, "started\t900", "live\tno"];
    expect(await refusal([spec, "started\t900", "live\tleader"])).toBe("the move of ham0/web1 goes on");
    expect(await refusal([spec, ...ended("done")])).toBe("no move of web1 from ham0 was left unfinished");
    expect(await refusal([...dead, "rolled\tyes"])).toBe("no move of web1 from ham0 was left unfinished");
    expect(await refusal(dead, "ham2")).toBe("ham0 says that the move was to ham1");
    expect(await refusal(dead, "ham1")).toMatchObject({ results: [{ outcome: "stayed" }] });
  });

  describe("goes the way that is there", () => {
    const dead = jobFacts([id, spec, "started\t900", "live\tno"]);
    interface Way {
      /** What answers the source under the target's name; undefined: nothing does. */
      readonly there?: string;
      readonly ham1?: FakeNode;
      readonly relays?: boolean;
      readonly said?: string;
    }
    /** What comes of a repair, and the way that it was told: the job's own, or by a URI. */
    async function over({ there, ham1 = hasNot, relays = true, said = "stayed" }: Way) {
      const ways: string[] = [];
      const run = fakeJobs({ list: dead }, ([, , script = "", , uri = ""], name) => {
        if (script.includes("mclu-host"))
          return uri.startsWith("qemu+ssh:") ? (there ?? { code: 1, texts: ["error: no route"] }) : `${name} uuid\n`;
        if (!script.includes('sh "$job/rollback"')) return undefined;
        ways.push(/MCLU_THERE=(\S+);/.exec(script)?.[1] ?? "its own");
        return `guest ${uuid}\n${said}\n`;
      });
      const off: FakeNode = () => [{ name: "web1", uuid, state: "shut off" }];
      const cluster = reachable(await fakeCluster({ ham0: off, ham1 }, "", { run }), relays);
      const done = await cleanUpMove(cluster, "ham0/web1").catch((error: unknown) => error);
      return { ways, done };
    }
    const silent: FakeNode = () => offNode;

    it("straight, also where the job's own way is gone that led through the client", async () => {
      const { ways, done } = await over({ there: "ham1 uuid\n" });
      expect([ways, done]).toMatchObject([
        ["'qemu+ssh://ham1/system?no_tty=1'"],
        { results: [{ outcome: "stayed", exitCode: 0 }] },
      ]);
    });

    it("that the job itself went, where the target does not answer this machine, which nothing can go through", async () => {
      const answers = await over({ there: "ham1 uuid\n", ham1: silent });
      expect([answers.ways, answers.done]).toMatchObject([
        ["its own"],
        {
          results: [
            {
              ...{ outcome: "unknown", exitCode: 5, hint: "mclu status; once both nodes answer, type it again" },
              detail: "ham0 says that it stayed, and ham1 does not answer this machine",
            },
          ],
        },
      ]);
      expect((await over({ there: "ham1 uuid\n", ham1: silent, said: "moved" })).done).toMatchObject({
        results: [{ detail: "ham0 says that it has moved, and ham1 does not answer this machine" }],
      });
      const nobody = await over({ ham1: silent, said: "unclear" });
      expect([nobody.ways, nobody.done]).toMatchObject([
        ["its own"],
        { results: [{ outcome: "unknown", detail: "where it is cannot be told now", exitCode: 5 }] },
      ]);
    });

    it("through this machine only where the target is said", async () => {
      for (const there of [undefined, "www1 uuid\n"])
        expect(await over({ ...(there && { there }) })).toMatchObject({
          ways: [],
          done: { exitCode: 6, hint: "mclu migrate --cleanup ham0/web1 NODE" },
        });
    });

    it("and no way to another host", async () => {
      expect(await over({ there: "www1 uuid\n", relays: false })).toMatchObject({
        ways: [],
        done: {
          ...{ exitCode: 6, hint: expect.stringContaining("getent hosts ham1") },
          message: "ham0 cannot use the libvirt of ham1: another host than ham1 answers there, www1",
        },
      });
      expect((await over({ relays: false })).ways).toEqual(["its own"]);
    });
  });
});
