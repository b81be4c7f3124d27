import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";
import { screenText } from "../support/screen.ts";

// libvirt's test driver forgets at once what was done to it: nothing stops here
const config = () =>
  clusterOf({
    ham0: [{ name: "web1" }, { name: "web2" }, { name: "old", state: "shut off" }, { name: "nap", state: "paused" }],
  });
const tty = { columns: 80, rows: 24 };

describe("stop", () => {
  it("says what to type where a guest is still on at the deadline", async () => {
    const run = await runMclu(["stop", "--timeout", "1", "web1"], { config: config() });
    expect([run.code, run.stdout]).toEqual([7, "ham0/web1: not stopped\n"]);
    expect(run.stderr).toContain("it is still running after 1 s");
    expect(run.stderr).toContain("mclu destroy ham0/web1");
  });

  it("says on a terminal how long it has waited by now", async () => {
    const run = await runMclu(["stop", "--timeout", "3", "web1"], { config: config(), tty, env: { NO_COLOR: "1" } });
    expect(run.code).toBe(7);
    expect(run.stdout).toContain("ham0/web1 ... 1s\n");
    expect(screenText(run.stdout, tty.columns, tty.rows).trim()).toBe("ham0/web1: not stopped");
  });

  it("powers it off then, where that was asked for", async () => {
    const run = await runMclu(["stop", "--timeout", "1", "--force", "web1"], { config: config() });
    expect(run).toMatchObject({ code: 0, stdout: "ham0/web1: powered off\n" });
  });

  it("does nothing to what is off, and refuses what is paused", async () => {
    expect(await runMclu(["stop", "old"], { config: config() })).toMatchObject({
      code: 0,
      stdout: "ham0/old: already off\n",
    });
    const run = await runMclu(["stop", "nap"], { config: config() });
    expect(run).toMatchObject({ code: 6, stdout: "ham0/nap: refused\n" });
    expect(run.stderr).toContain("mclu resume ham0/nap, or power it off: mclu stop --force ham0/nap");
  });

  describe("asks first", () => {
    const stop = (...flags: string[]) => ["stop", "--timeout", "1", "--force", ...flags];

    it.each([
      ["a glob", ["web*"]],
      ["--all", ["--all", "--node", "ham0"]],
    ])("for %s, and refuses where nobody answers", async (_what, flags) => {
      const run = await runMclu(stop(...flags), { config: config() });
      expect(run).toMatchObject({ code: 6, stdout: "" });
      expect(run.stderr).toContain("plan: stop ");
      expect(run.stderr).toContain("nobody is there to agree; nothing was done");
    });

    it("with the plan on the screen, and takes anything but yes for no", async () => {
      const no = await runMclu(stop("web*"), { config: config(), tty, input: ["n"] });
      expect(no.code).toBe(6);
      expect(no.stderr).toMatch(/plan:.*stop 2 guests[\s\S]*stop 2 guests\? \[y\/N\]/);
      const yes = await runMclu(stop("web*"), { config: config(), tty, input: ["y"] });
      expect(yes.code).toBe(0);
    });

    it("and takes -y for one guest, --yes-all=N for exactly N", async () => {
      expect((await runMclu(stop("-y", "*1"), { config: config() })).code).toBe(0);
      const several = await runMclu(stop("-y", "web*"), { config: config() });
      expect(several.code).toBe(6);
      expect(several.stderr).toContain("--yes-all=2");
      expect((await runMclu(stop("--yes-all=3", "web*"), { config: config() })).code).toBe(6);
      expect((await runMclu(stop("--yes-all=2", "web*"), { config: config() })).code).toBe(0);
      expect((await runMclu(stop("--yes-all=x", "web*"), { config: config() })).code).toBe(2);
    });

    it("not for guests that are named, nor where there is nothing to do", async () => {
      expect((await runMclu(stop("web1", "web2"), { config: config() })).code).toBe(0);
      expect((await runMclu(stop("ol*"), { config: config() })).code).toBe(0);
      expect((await runMclu(stop("--yes-all=2", "ol*"), { config: config() })).code).toBe(0);
    });
  });
});
