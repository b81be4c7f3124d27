import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";

const config = () =>
  clusterOf({
    ham0: [
      { name: "web1", state: "shut off" },
      { name: "web2" },
      { name: "it's", state: "shut off" },
      { name: "nap", state: "paused" },
    ],
    ham1: [{ name: "db", state: "shut off", uuid: "00000000-0000-4000-8000-0000000000d0" }],
  });

describe("start", () => {
  it("starts what is off and leaves what runs", async () => {
    const run = await runMclu(["start", "web*", "db"], { config: config() });
    expect(run).toEqual({
      code: 0,
      stdout: "ham0/web1: started\nham0/web2: already running\nham1/db: started\n",
      stderr: "2 started, 1 already running\n",
    });
  });

  it("refuses a paused guest, starts the others, and says what to type", async () => {
    const run = await runMclu(["start", "nap", "web1"], { config: config() });
    expect([run.code, run.stdout]).toEqual([6, "ham0/nap: refused\nham0/web1: started\n"]);
    expect(run.stderr).toContain("error: ham0/nap: it is paused, not off\n  try: mclu resume ham0/nap\n");
    expect(run.stderr).toContain("1 refused: ham0/nap, 1 started\n");
  });

  it("shows as plan what it would do, and does it not", async () => {
    const text = await runMclu(["start", "--dry-run", "--all"], { config: config() });
    expect(text).toMatchObject({ code: 6, stderr: "" });
    expect(text.stdout).toContain("plan: start 3 guests\n  ham0/it's  shut off  start\n");
    const json = await runMclu(["start", "--dry-run", "-o", "json", "it's"], { config: config() });
    expect(parseDocument(json.stdout)).toMatchObject({
      kind: "plan",
      verb: "start",
      targets: [{ name: "it's", verdict: "change", actions: [{ virsh: ["start", expect.any(String)] }] }],
    });
  });

  it("shows the commands it runs, by UUID", async () => {
    const run = await runMclu(["start", "--show-commands", "ham1/db"], { config: config() });
    const lines = run.stderr.trimEnd().split("\n");
    expect(lines.map((line) => line.replace(/test:\S+/, "URI"))).toEqual([
      "ham1: virsh -c URI domname 00000000-0000-4000-8000-0000000000d0",
      "ham1: virsh -c URI start 00000000-0000-4000-8000-0000000000d0",
    ]);
  });

  it("wants guests, and not all of them as well", async () => {
    expect(await runMclu(["start"], { config: config() })).toMatchObject({ code: 2, stdout: "" });
    expect(await runMclu(["start", "--all", "web1"], { config: config() })).toMatchObject({ code: 2, stdout: "" });
  });

  it.each(["json", "csv", "name"])("reports as %s", async (format) => {
    const { code, stdout } = await runMclu(["start", "-o", format, "web1"], { config: config() });
    expect(code).toBe(0);
    if (format === "json")
      expect(parseDocument(stdout)).toMatchObject({ kind: "change", results: [{ outcome: "done", what: "started" }] });
    else if (format === "name") expect(stdout).toBe("ham0/web1\n");
    else expect(stdout).toMatch(/^node,name,outcome,what,detail,seconds\r?\nham0,web1,done,started,,/);
  });

  it("is replaced in place on a terminal, and ends as in a pipe", async () => {
    const run = await runMclu(["start", "web1"], {
      config: config(),
      tty: { columns: 80, rows: 24 },
      env: { NO_COLOR: "1" },
    });
    expect(run.stdout).toContain("ham0/web1 ...\n");
    expect(run.stdout.endsWith("ham0/web1: started\n")).toBe(true);
  });
});
