import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

const config = () => clusterOf({ ham0: [{ name: "web1", state: "shut off" }, { name: "web2" }] });

describe("other spellings", () => {
  it.each([
    [["boot", "web1"], "ham0/web1: started\n"],
    [["vm", "start", "web1"], "ham0/web1: started\n"],
    [["vm", "stop", "web1"], "ham0/web1: already off\n"],
    [["shutdown", "web1"], "ham0/web1: already off\n"],
    [["vm", "destroy", "web2"], "ham0/web2: powered off\n"],
    [["vm", "list", "-o", "name"], "ham0/web1\nham0/web2\n"],
    [["ls", "-o", "name"], "ham0/web1\nham0/web2\n"],
  ])("%j works", async (argv, stdout) => {
    expect(await runMclu(argv, { config: config() })).toMatchObject({ code: 0, stdout });
  });

  it.each([[["rm", "web2"]], [["remove", "web2"]], [["vm", "remove", "web2"]], [["delete", "web2"]]])(
    "%j is refused alike, the guest being on",
    async (argv) => {
      const run = await runMclu([...argv, "-y"], { config: config() });
      expect(run).toMatchObject({ code: 6, stdout: "ham0/web2: refused\n" });
      expect(run.stderr).toContain("mclu delete --force ham0/web2");
    },
  );

  it("vm info says what info says", async () => {
    const shared = config();
    const [own, alias] = [["info"], ["vm", "info"]].map((words) => runMclu([...words, "web2"], { config: shared }));
    expect(await own).toMatchObject({ code: 0, stdout: expect.stringContaining("ham0/web2") });
    expect((await alias)?.stdout).toBe((await own)?.stdout);
  });

  it("log status and log tail say what jobs and jobs follow say", async () => {
    const shared = config();
    for (const [old, now] of [
      [
        ["log", "status"],
        ["jobs", "list"],
      ],
      [
        ["log", "tail", "20200101"],
        ["jobs", "follow", "20200101"],
      ],
    ] as const) {
      const [alias, own] = [await runMclu(old, { config: shared }), await runMclu(now, { config: shared })];
      expect(alias).toEqual(own);
      expect([own.code, own.stderr]).toEqual(
        now[1] === "list" ? [0, expect.stringMatching(/^no jobs: /)] : [4, expect.stringContaining("20200101")],
      );
    }
  });

  it("stay out of the help", async () => {
    const { stdout } = await runMclu(["--help"]);
    expect(stdout).not.toMatch(/^ {2}(vm|rm|boot|remove|shutdown|ls)\b/m);
  });
});
