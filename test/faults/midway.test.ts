import { describe, expect } from "vitest";
import { slack } from "../fleet/fleet-user.ts";
import { type Bench, rowOf, type Survived } from "./bench.ts";
import { type CaseOptions, matrix } from "./matrix.ts";

const { survives } = matrix("In mid-answer", {
  net: "10.104.0",
  nodes: 4,
  kinds: { ham3: "jump" },
});

/** Seconds: several programs start at once, and are to be in the middle of their answers when the fault comes. */
const readTimeout = 10;

interface Broken {
  readonly reason: string;
  readonly detail: RegExp;
  readonly hint: RegExp;
  /** Seconds from the fault until the program has ended. */
  readonly seconds: number;
}

/** `status` of ham0, which is sound, and of a node that breaks while virsh runs there; the table shows that one. */
async function breakMidway(
  bench: Bench,
  node: string,
  break_: () => Promise<unknown>,
  broken: Broken,
): Promise<Survived> {
  await bench.fleet.fault(node, "libvirtd-frozen");
  const argv = ["--read-timeout", String(readTimeout), "status", "ham0", node];
  const running = Promise.all([bench.mclu(argv), bench.mclu([...argv, "-o", "json"])]);
  await bench.virshRuns(node, 2);
  await break_();
  const since = performance.now();
  const [result, json] = await running;
  expect(performance.now() - since).toBeLessThan(broken.seconds * 1000 * slack);
  expect(rowOf(json, "ham0").state).toBe("on");
  const { state, reason, detail, hint } = rowOf(json, node);
  expect({ state, reason, detail, hint }).toEqual({
    state: "failed",
    reason: broken.reason,
    detail: expect.stringMatching(broken.detail),
    hint: expect.stringMatching(broken.hint),
  });
  expect(result.stdout).toMatch(/^ham0 +on$/m);
  expect(result.stdout).toMatch(new RegExp(`^${node} +failed: ${reason}\n +try: `, "m"));
  for (const { code } of [result, json]) expect(code).toBe(5);
  const shown = result.stdout.split(/^(?=\S)/m).find((block) => block.startsWith(node)) ?? "";
  return { argv, result: { ...result, stdout: shown }, reason, hint };
}

// counted here it is 3 s more than what the node is given
const silent = { reason: "slow", detail: /^no answer within 13 s$/, hint: / uptime$/, seconds: 13 };
const lost = { reason: "lost", detail: /^the connection was lost: /, hint: /^mclu status$/, seconds: 3 };

/** The node's sshd learns nothing of the end: it is switched off and on again. */
const powerCycle = async (bench: Bench, node: string) => {
  await bench.fleet.off(node);
  await bench.fleet.on(node);
};

/** ham0 is looked at: all that runs at once has had its answer from there long before the other node is given up. */
const frozenOn = (node: string): CaseOptions => ({ nodes: ["ham0"], breaks: { [node]: "libvirtd-frozen" } });

describe.concurrent("silence in mid-answer", () => {
  survives("sshd freezes", { ...frozenOn("ham1"), cutOff: ["ham1"] }, (bench) =>
    breakMidway(bench, "ham1", () => bench.fleet.fault("ham1", "sshd-frozen"), silent),
  );

  survives("sshd behind a jump host freezes", { ...frozenOn("ham3"), cutOff: ["ham3"] }, (bench) =>
    breakMidway(bench, "ham3", () => bench.fleet.fault("ham3", "sshd-frozen"), silent),
  );

  survives("the cable is pulled", frozenOn("ham2"), (bench) => {
    bench.undo(() => powerCycle(bench, "ham2"));
    return breakMidway(bench, "ham2", () => bench.fleet.fault("ham2", "unplugged"), silent);
  });
});

survives("the session is killed on the node", { breaks: { ham1: "libvirtd-frozen" } }, (bench) =>
  breakMidway(bench, "ham1", () => bench.fleet.node("ham1").enter("pkill -KILL -f '[s]shd: root@notty'"), lost),
);

survives("the node is killed", { nodes: ["ham0"] }, (bench) => {
  bench.undo(() => bench.fleet.on("ham1"));
  return breakMidway(bench, "ham1", () => bench.fleet.off("ham1"), lost);
});

// its virsh lives on, and with it the channel, until the node's own limit
survives("the shell on the node is killed", { breaks: { ham1: "libvirtd-frozen" } }, (bench) =>
  breakMidway(bench, "ham1", () => bench.fleet.node("ham1").enter("pkill -KILL -f '^sh -s'"), {
    ...lost,
    detail: /^the shell on the node ended \(.+\) before its answer was complete$/,
    seconds: readTimeout,
  }),
);

survives("the node is rebooted between two runs", {}, async (bench) => {
  await bench.ask("ham1", { state: "on", seconds: 1 });
  await powerCycle(bench, "ham1");
  return bench.ask("ham1", { state: "on", seconds: 1 });
});
