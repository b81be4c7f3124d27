import { afterAll, beforeAll, it } from "vitest";
import { type Fault, type Fleet, type FleetOptions, startFleet } from "../fleet/fleet.ts";
import { expectNothingLeft, type FleetUserOptions } from "../fleet/fleet-user.ts";
import { Bench, type Survived } from "./bench.ts";
import { recordCase } from "./record.ts";

export interface CaseOptions {
  /** Broken before, mended after. */
  readonly breaks?: Readonly<Record<string, Fault>>;
  /** The nodes looked at afterwards; default all of them. Cases that run at once name their own. */
  readonly nodes?: readonly string[];
  /** Nodes whose sshd cannot know that the client is gone until it is mended: looked at after that, not before. */
  readonly cutOff?: readonly string[];
  readonly user?: FleetUserOptions;
}

/** One way to fail. What `play` asserts is what mclu must do then; the run it returns is the row in docs/faults.md. */
export type Survives = (fault: string, options: CaseOptions, play: (bench: Bench) => Promise<Survived>) => void;

export interface Matrix {
  readonly survives: Survives;
  /** The fleet of this file, once its tests run. */
  fleet(): Fleet;
}

/**
 * The faults of one test file, on a fleet of its own. After each: no process of a run on any node or here, no temporary
 * file or socket, no changed terminal, no run that lingers after its last word.
 * @param group the heading in docs/faults.md
 */
export function matrix(group: string, options: FleetOptions): Matrix {
  let started: Fleet | undefined;
  const fleet = () => {
    if (started === undefined) throw new Error("the fleet of this file is not up");
    return started;
  };
  beforeAll(async () => {
    started = await startFleet(options);
  });
  afterAll(async () => {
    try {
      // also on nodes that a case did not look at, and once those that were cut off have noticed
      if (started) await expectNothingLeft(started.nodes);
    } finally {
      await started?.down();
    }
  });
  const survives: Survives = (fault, { breaks = {}, nodes, cutOff = [], user }, play) =>
    it(fault, async () => {
      const names = nodes ?? fleet().nodes.map(({ name }) => name);
      const bench = await Bench.open(fleet(), user);
      try {
        await Promise.all(Object.entries(breaks).map(([name, kind]) => fleet().fault(name, kind)));
        const survived = await play(bench);
        await bench.expectNothingLeft();
        await expectNothingLeftOn(fleet(), names, cutOff);
        recordCase({ group, fault, ...survived }, { net: options.net, home: bench.home, fleet: fleet().dir });
      } finally {
        await bench.close();
        await mend(fleet(), [...Object.keys(breaks), ...cutOff]);
      }
    });
  return { survives, fleet };
}

async function expectNothingLeftOn(fleet: Fleet, names: readonly string[], cutOff: readonly string[]): Promise<void> {
  const on = (list: readonly string[]) => list.map((name) => fleet.node(name));
  await expectNothingLeft(on(names.filter((name) => !cutOff.includes(name))));
  if (cutOff.length === 0) return;
  await mend(fleet, cutOff);
  await expectNothingLeft(on(cutOff));
}

async function mend(fleet: Fleet, names: readonly string[]): Promise<void> {
  await Promise.all([...new Set(names)].map((name) => fleet.heal(name)));
}
