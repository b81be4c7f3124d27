import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, expect, it } from "vitest";
import { updateKnownJobs } from "../../src/state/known-jobs.ts";
import { clusterOf } from "../support/guests.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const nodes = (count: number) =>
  `[nodes]\n${Array.from({ length: count }, (_, index) => `ham${index} = 127.0.0.1:1\n`).join("")}`;

describe("mclu alone", () => {
  it("points to init where there is no configuration", async () => {
    const run = await runMclu([]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(/^.*\nno mclu.conf yet; begin with mclu init\n\n {2}mclu init {4}try your hosts/);
  });

  it("names the nodes and what one may type next, and asks none of them", async () => {
    const run = await runMclu([], { config: nodes(2) });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toMatch(
      /^2 nodes: ham0 ham1\nof \S+\/mclu\.conf\nno answer yet; begin with mclu doctor\n\n {2}mclu doctor +what .*\n {2}mclu status +what is on, and what is free\n/,
    );
    expect(run.stdout).not.toContain("mclu init");
    expect((await runMclu([], { config: nodes(1) })).stdout).toMatch(/^1 node: ham0\n/);
    expect((await runMclu([], { config: nodes(10) })).stdout).toMatch(/^10 nodes: ham0 .* ham7 and 2 more\n/);
  });

  it("says what comes next by what was seen last", async () => {
    const home = temporaryDirectory();
    const env = { XDG_CACHE_HOME: home, MCLU_CONFIG: join(home, "mclu.conf") };
    const alone = async (config: string) => {
      writeFileSync(env.MCLU_CONFIG, config);
      await runMclu(["list"], { env });
      return (await runMclu([], { env })).stdout.split("\n").slice(2);
    };
    expect(await alone(clusterOf({ ham0: [] }))).toEqual([
      "no guests yet; begin with mclu build",
      "",
      expect.stringMatching(/^ {2}mclu build TEMPLATE NAME {2}a guest/),
      ...Array(5).fill(expect.stringMatching(/^ {2}mclu (?!build)/)),
      "",
    ]);
    const [blank, first] = await alone(clusterOf({ ham0: [{ name: "web1" }] }));
    expect([blank, first]).toEqual(["", expect.stringMatching(/^ {2}mclu status /)]);
    const uid = getuid?.() ?? -1;
    updateKnownJobs(join(home, "mclu"), env.MCLU_CONFIG, uid, () => [
      { id: "20261121T134500-aaaaaaaa", live: false },
      { id: "20261121T134501-bbbbbbbb", live: true },
    ]);
    const { stdout } = await runMclu([], { env });
    expect(stdout).toMatch(
      /\n1 job ran when last seen: mclu jobs\n\n {2}mclu jobs +what became of it.*\n {2}mclu status /,
    );
  });

  it("is about the file that is named, and so is what it says to type", async () => {
    const file = join(temporaryDirectory(), "my cluster.conf");
    writeFileSync(file, nodes(1));
    const named = await runMclu(["--config", file, "--fanout=2"]);
    expect(named).toMatchObject({ code: 0, stderr: "" });
    expect(named.stdout).toMatch(/^1 node: ham0\n/);
    expect(named.stdout).toContain(`\n  mclu -f '${file}' doctor  `);
    expect(named.stdout).toMatch(/\n {2}mclu help +everything else\n$/);
    expect((await runMclu(["-f", file])).stdout).toBe(named.stdout);
    const onScreen = await runMclu(["-f", file], { env: { NO_COLOR: "1" }, tty: { columns: 80, rows: 24 } });
    expect(onScreen.stdout).toContain(`\n  mclu -f '${file}' doctor\n    what nodes lack, and what mends it\n`);
    expect(await runMclu(["-f", `${file}.old`])).toMatchObject({ code: 2, stdout: "" });
    expect((await runMclu(["-f"])).stderr).toContain("option '-f, --config <file>' argument missing");
  });

  it("says what is wrong with a configuration, exit 2", async () => {
    const run = await runMclu([], { config: "[nodes\nham0 =\n" });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("mclu.conf:1: an unclosed section header");
  });

  it("fits a screen of 40 columns", async () => {
    for (const config of [undefined, nodes(2)]) {
      const run = await runMclu([], {
        ...(config && { config }),
        env: { NO_COLOR: "1" },
        tty: { columns: 40, rows: 20 },
      });
      const lines = run.stdout.split("\n").filter((line) => !line.startsWith("of "));
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40);
    }
  });
});
