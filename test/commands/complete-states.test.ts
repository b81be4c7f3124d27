import { describe, expect, it } from "vitest";
import { describeCommands } from "../../scripts/manual/described.ts";
import { clusterOf } from "../support/guests.ts";
import { homeWith } from "../support/home-with.ts";
import { runMclu } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const states = ["crashed", "off", "paused", "running"] as const;

/** In which states a guest is offered; what is not here takes a guest in every state. */
const table: Readonly<Record<string, readonly (typeof states)[number][]>> = {
  "mclu start": ["off"],
  "mclu rename": ["off"],
  "mclu clone": ["off"],
  "mclu image copy": ["off"],
  "mclu image export": ["off"],
  "mclu image mark": ["off"],
  "mclu stop": ["crashed", "paused", "running"],
  "mclu reset": ["paused", "running"],
  "mclu destroy": ["crashed", "paused", "running"],
  "mclu console": ["crashed", "paused", "running"],
  "mclu viewer": ["crashed", "paused", "running"],
  "mclu ip": ["paused", "running"],
  "mclu reboot": ["running"],
  "mclu pause": ["running"],
  "mclu ssh": ["running"],
  "mclu cp": ["running"],
  "mclu resume": ["paused"],
};

/** A cluster with a guest in each state, called by it, which was looked at once. */
async function seenCluster() {
  const guests = states.map((state, index) => ({
    ...{ name: state, uuid: testUuid(index) },
    state: state === "off" ? ("shut off" as const) : state,
  }));
  const home = await homeWith({ "mclu.conf": clusterOf({ ham0: guests }) });
  const env = { MCLU_CONFIG: `${home}/mclu.conf`, XDG_CACHE_HOME: `${home}/cache` };
  const run = (...argv: string[]) => runMclu(argv, { env });
  expect(await run("list")).toMatchObject({ code: 0 });
  return async (...argv: string[]) => (await run(...argv)).stdout;
}

describe("completion of guests", () => {
  it("offers to every command those in the states that fit it", { timeout: 60_000 }, async () => {
    const run = await seenCluster();
    const { commands } = await describeCommands();
    const offered: Record<string, readonly string[]> = {};
    for (const { name, usage } of commands) {
      if (!/^\S*(guest|image|source)/i.test(usage)) continue;
      const words = await run("completion", "words", "--shell", "zsh", "--", ...name.split(" ").slice(1), "");
      offered[name] = words
        .trimEnd()
        .split("\n")
        .map((word) => word.replace(/:$/, ""))
        .filter((word) => states.some((state) => state === word));
    }
    expect(Object.keys(offered).length).toBeGreaterThan(40);
    const expected = Object.fromEntries(Object.keys(offered).map((name) => [name, table[name] ?? states]));
    expect(offered).toEqual(expected);
    expect(Object.keys(table).filter((name) => !(name in offered))).toEqual([]);
  });

  it("and what it offers to a verb is what the verb would change", { timeout: 60_000 }, async () => {
    const run = await seenCluster();
    for (const verb of ["start", "reboot", "reset", "pause", "resume", "destroy"]) {
      const plan = JSON.parse(await run(verb, "--dry-run", "-o", "json", ...states)) as {
        readonly targets: readonly { readonly name: string; readonly verdict: string }[];
      };
      const changed = plan.targets.flatMap(({ name, verdict }) => (verdict === "change" ? name : []));
      expect([verb, changed.sort()]).toEqual([verb, table[`mclu ${verb}`]]);
    }
  });
});
