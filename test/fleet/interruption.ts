import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import type { Interruption, Stage } from "../../scripts/interruption-table.mjs";
import type { BuiltResult } from "../support/run-built.ts";
import type { Fleet, FleetNode } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { holdAt, letGo, reached } from "./held-build.ts";

/** What has to come of it. */
export interface Outcome {
  /** On the node, before `gc`; `rest`: what gc names. */
  readonly holds: "guest running" | "guest shut off" | "nothing" | "rest";
  /** Exit code. */
  readonly code: number;
  /** On the screen. */
  readonly says: RegExp;
}

/** One node with an administrator of its own, on which builds are interrupted in one way. */
export interface Column {
  readonly fleet: Fleet;
  readonly node: FleetNode;
  readonly user: FleetUser;
  readonly interruption: Interruption;
}

const guest = "web1";

/** Interrupts a build and expects that its node holds what it must, that gc takes the rest, and that a retry works. */
export async function interrupt(column: Column, stage: Stage, expected: Outcome): Promise<void> {
  const { node, user, interruption } = column;
  await clear(node);
  const template = stage === "fetch" || stage === "customize" ? "cloud" : "tiny";
  const argv = ["build", template, guest, "--wait-timeout", stage === "wait" ? "20" : "1"];
  if (stage !== "wait") await holdAt(node, stage);
  const there = stage === "wait" ? waiting(node) : reached(node, stage);
  const run = await strike(column, argv, there, stage);
  await settled(node);
  const holds = await whatIsThere(node);
  expect({ holds, code: run.code, text: run.stdout + run.stderr }).toEqual({
    holds: expected.holds,
    code: expected.code,
    text: expect.stringMatching(expected.says),
  });
  const removed = await cleanUp(user);
  if (!holds.startsWith("guest")) expect(removed > 0).toBe(holds === "rest");
  const kept = holds.startsWith("guest");
  expect(await left(node)).toBe(kept ? `${guest}\n${guest}.qcow2` : "");
  await retry(column, argv, kept);
  record(stage, interruption, { holds, run, removed });
  await clear(node);
}

/** Runs a build and interrupts it when it has come there. */
async function strike(column: Column, argv: string[], there: Promise<void>, stage: Stage): Promise<BuiltResult> {
  const { fleet, node, user, interruption } = column;
  const limit = { limit: 120_000 };
  switch (interruption) {
    case "client killed": {
      const run = await user.mclu(argv, { ...limit, signal: { name: "SIGKILL", when: there } });
      await letGo(node);
      return run;
    }
    case "Ctrl-C": {
      const run = user.mclu(argv, { ...limit, signal: { name: "SIGINT", when: there } });
      await there;
      if (stage.startsWith("define")) {
        // what commits hears no signal: it comes to its own end
        await stopping(node);
        await letGo(node);
      }
      return run.finally(() => letGo(node));
    }
    case "connection cut": {
      const run = user.mclu(argv, limit);
      await there;
      await node.enter("pkill -KILL -f '[s]shd: root@notty'");
      await letGo(node);
      return run;
    }
    case "power cut": {
      const run = user.mclu(argv, limit);
      await there;
      await fleet.off(node.name);
      await fleet.on(node.name);
      await letGo(node);
      return run;
    }
  }
}

const jobs = "/var/lib/mclu/jobs";
/** Where images are kept that were fetched. */
const images = "/var/cache/mclu/images";

/** Resolves when the job there is done; from then on its client asks for the address. */
const waiting = (node: FleetNode) =>
  node.enter(`timeout 60 sh -c 'until ls ${jobs}/*/end >/dev/null 2>&1; do sleep 0.1; done'`).then(() => sleep(3000));

/** Resolves when the one job there was told to end. */
const stopping = async (node: FleetNode) =>
  void (await node.enter(`timeout 60 sh -c 'until ls ${jobs}/*/stopping >/dev/null 2>&1; do sleep 0.1; done'`));

/** Resolves when no process of a job or an upload is there. */
const settled = async (node: FleetNode) =>
  void (await node.enter(
    `timeout 60 sh -c 'while grep -qs "mclu/job[s]" /proc/[0-9]*/cmdline /proc/[0-9]*/environ; do sleep 0.2; done'`,
  ));

/** Guests, files of the pool, half images, reservations: a name each. */
async function left(node: FleetNode): Promise<string> {
  const text = await node.enter(`virsh -q list --all --name | sed '/^$/d'
ls -A /var/lib/libvirt/images
ls -A ${images} 2>/dev/null | grep part || :
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :`);
  return text.trim();
}

async function whatIsThere(node: FleetNode): Promise<Outcome["holds"]> {
  const found = await left(node);
  if (found.startsWith(`${guest}\n${guest}.qcow2`)) {
    const state = (await node.enter(`virsh -q domstate ${guest}`)).trim();
    return state === "running" ? "guest running" : "guest shut off";
  }
  const dead = await node.enter(`for job in ${jobs}/*; do [ ! -d "$job" ] || [ -e "$job/end" ] || echo "$job"; done`);
  return found === "" && dead === "" ? "nothing" : "rest";
}

/** Has gc remove what it names, and says how much that was. */
async function cleanUp(user: FleetUser): Promise<number> {
  const plan = await user.mclu(["gc", "--dry-run", "-o", "json"]);
  const { items } = JSON.parse(plan.stdout) as { items: unknown[] };
  if (items.length > 0) expect(await user.mclu(["gc", `--yes-all=${items.length}`])).toMatchObject({ code: 0 });
  return items.length;
}

/** The very same command again: it builds the guest, or says that it is there. */
async function retry({ node, user }: Column, argv: readonly string[], kept: boolean): Promise<void> {
  const again = await user.mclu(
    argv.map((word) => (word === "20" ? "1" : word)),
    { limit: 120_000 },
  );
  if (kept)
    expect([again.code, again.stderr]).toEqual([
      6,
      expect.stringContaining(`there is a guest ${node.name}/${guest} already`),
    ]);
  else expect([again.code, await whatIsThere(node)]).toEqual([0, "guest running"]);
}

/** As if nothing had ever been built. */
async function clear(node: FleetNode): Promise<void> {
  await letGo(node);
  await settled(node);
  await node.enter(`virsh -q destroy ${guest} 2>/dev/null; virsh -q undefine ${guest} 2>/dev/null
rm -rf /var/lib/libvirt/images/* /var/lib/libvirt/images/.*.part ${images} ${jobs} /var/lib/mclu/names; true`);
}

/** For scripts/faults.mjs, which makes docs/interruptions.md of it; nowhere without $FAULT_RECORDS. */
function record(
  stage: Stage,
  interruption: Interruption,
  { holds, run, removed }: { readonly holds: string; readonly run: BuiltResult; readonly removed: number },
): void {
  const directory = process.env.FAULT_RECORDS;
  if (directory === undefined) return;
  const row = { stage, interruption, holds, removed, code: run.code, shown: shownLines(run) };
  const place = join(directory, "interruptions");
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, `${stage} ${interruption}.json`.replaceAll(/[ ,]+/g, "-")), JSON.stringify(row));
}

/** What is said of the guest, without the job's own lines. */
function shownLines({ stdout, stderr }: BuiltResult): string {
  const outcome = new RegExp(`^${guest} +\\S+ +(\\w+)`, "m").exec(stdout)?.[1];
  const said = stderr
    .split("\n")
    .filter((line) => /^(error|warning): |^ {2}try: |asked again|answers again/.test(line));
  const fixed = said.map((line) =>
    line
      .replaceAll(/ham\d/g, "NODE")
      .replaceAll(/\d{8}T\d{6}-[a-z0-9]{8}/g, "ID")
      .replaceAll(/no answer: .*/g, "no answer, asked again")
      .replaceAll(/node off: .*/g, "node off, asked again"),
  );
  return [...(outcome === undefined ? [] : [`${guest}: ${outcome}`]), ...new Set(fixed)].join("\n");
}
