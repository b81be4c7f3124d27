import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { JournaledOutcome } from "../../src/operations/journal-changes.ts";
import { historyListing } from "../../src/render/history.ts";
import { createStyle } from "../../src/render/style.ts";
import { appendJournal } from "../../src/state/journal.ts";
import { clusterOf } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const config = () =>
  clusterOf({
    ham0: [{ name: "web1", state: "shut off" }, { name: "web2" }, { name: "safe", state: "paused" }],
  });

function world() {
  const home = temporaryDirectory();
  const text = config();
  const env = { XDG_STATE_HOME: join(home, "state"), XDG_CACHE_HOME: join(home, "cache") };
  return { home, mclu: (...argv: string[]) => runMclu(argv, { config: text, env }) };
}

describe("history", () => {
  it("shows what was changed, of whom, and what came of it", async () => {
    const { mclu } = world();
    expect(await mclu("history")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^TIME/) });
    await mclu("start", "web1");
    await mclu("pause", "web2");
    const { stdout } = await mclu("history", "--columns", "command,node,guest,outcome", "--no-header");
    expect(stdout).toBe("start  ham0  web1  done\npause  ham0  web2  done\n");
    expect((await mclu("history", "--columns", "seconds", "--no-header")).stdout).toMatch(/^( *\d+\.\d\n){2}$/);
    expect((await mclu("history", "-n", "1", "-o", "name")).stdout).toBe("ham0/web2\n");
    expect((await mclu("history", "ham0/web1", "-o", "name")).stdout).toBe("ham0/web1\n");
    const [{ uuid = "" } = {}] = (
      JSON.parse((await mclu("history", "-o", "json")).stdout) as { entries: { uuid: string }[] }
    ).entries;
    for (const text of [uuid, uuid.toUpperCase(), `ham0/${uuid.toUpperCase()}`, "ham0:web1", "ham?/web1"])
      expect((await mclu("history", text, "-o", "name")).stdout, text).toBe("ham0/web1\n");
    expect((await mclu("history", "ham1:web1", "-o", "name")).stdout).toBe("");
    expect(await mclu("history", "nobody", "-o", "name")).toMatchObject({ stdout: "", stderr: "" });
    expect(await mclu("history", "nobody")).toMatchObject({
      ...{ code: 0, stdout: expect.stringMatching(/^TIME.*\n$/) },
      stderr: "nothing was changed of nobody from here\n",
    });
    const json = parseDocument((await mclu("history", "-o", "json")).stdout);
    expect(json).toMatchObject({ kind: "history", entries: [{ command: "start", user: expect.any(String) }, {}] });
    expect(await mclu("history", "-n", "x")).toMatchObject({ code: 2 });
  });

  it("has JSON as the schema says whatever a command came to, and shows success as such", async () => {
    const { home, mclu } = world();
    const outcomes = {
      ...{ done: true, built: true, cloned: true, copied: true, exported: true, moved: true },
      ...{ already: false, refused: false, failed: false, unreachable: false, deadline: false, unknown: false },
      ...{ interrupted: false, cancelled: false, building: false, cloning: false, copying: false, stayed: false },
    } satisfies Record<JournaledOutcome, boolean>;
    const entry = { time: 1, user: "me", command: "build", node: "ham0", guest: "web9", uuid: "", seconds: 1 };
    const entries = Object.keys(outcomes).map((outcome) => ({ ...entry, outcome }));
    appendJournal(join(home, "state/mclu"), entries);
    expect(parseDocument((await mclu("history", "-o", "json")).stdout)).toMatchObject({ entries });
    const { columns } = historyListing({ entries: [] });
    const style = createStyle(true);
    const color = (outcome: string) =>
      columns.find(({ name }) => name === "outcome")?.color?.({ ...entry, outcome }, style)?.("x");
    for (const [outcome, good] of Object.entries(outcomes))
      expect([outcome, color(outcome)]).toEqual([outcome, good ? style.on("x") : style.warn("x")]);
  });

  it("has nothing of what was not tried", async () => {
    const { mclu } = world();
    await mclu("start", "web2");
    await mclu("start", "safe");
    await mclu("start", "--dry-run", "web1");
    expect((await mclu("history", "-o", "name")).stdout).toBe("");
  });

  it("is no condition: a change is done and warned of where it cannot be written", async () => {
    const { home, mclu } = world();
    writeFileSync(join(home, "state"), "no directory");
    const run = await mclu("start", "web1");
    expect(run).toMatchObject({ code: 0, stdout: "ham0/web1: started\n" });
    expect(run.stderr).toContain("warning: the journal was not written");
  });
});

describe("start, of a guest that was last seen running elsewhere", () => {
  const uuid = "00000000-0000-4000-8000-000000000000";
  const remember = (home: string, file: string, active: boolean) => {
    mkdirSync(join(home, "cache/mclu"), { recursive: true, mode: 0o700 });
    const seen = [{ node: "ham9", at: 1_700_000_000, guests: [{ uuid, name: "web1", active }] }];
    const content = JSON.stringify({ version: 1, clusters: { [file]: seen } });
    writeFileSync(join(home, "cache/mclu/guests.json"), content, { mode: 0o600 });
  };
  const silent = () =>
    `${config().replace("[nodes]\n", "[nodes]\nham9 =\n")}[node.ham9]\nuri = qemu+unix:///system?socket=/nonexistent\n`;
  const started = async (active: boolean, ...argv: string[]) => {
    const home = temporaryDirectory();
    const file = join(home, "mclu.conf");
    writeFileSync(file, silent());
    remember(home, file, active);
    const env = { XDG_STATE_HOME: join(home, "state"), XDG_CACHE_HOME: join(home, "cache"), MCLU_CONFIG: file };
    const run = await runMclu(["start", ...argv], { env });
    return { ...run, cache: readFileSync(join(home, "cache/mclu/guests.json"), "utf8") };
  };

  it.each([["web1"], ["ham0/web1"]])("is refused while that node is silent (%s)", async (name) => {
    const run = await started(true, name);
    expect(run).toMatchObject({ code: 6, stdout: "ham0/web1: refused\n" });
    expect(run.stderr).toContain("it ran on ham9 when that was last seen");
    expect(run.stderr).toContain("mclu start --force ham0/web1");
    // what the silent node had is remembered, and what the other one has is new
    expect(run.cache).toContain("ham9");
    expect(run.cache).toContain("web2");
  });

  it("is done with --force, and where it was off there", async () => {
    expect(await started(true, "--force", "web1")).toMatchObject({ code: 0 });
    expect(await started(false, "web1")).toMatchObject({ code: 0 });
  });
});
