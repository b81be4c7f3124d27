import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

const config = () => clusterOf({ ham0: [{ name: "web1" }, { name: "web2", state: "shut off" }] });
const tty = { columns: 80, rows: 24 };
const env = { NO_COLOR: "1" };

describe("console", () => {
  it.each([
    [["console", "web1"], "console wants a terminal on stdin and stdout"],
    [["start", "--console", "web1"], "start --console wants a terminal on stdin and stdout"],
    [["build", "--console", "debian-12", "web3"], "build --console wants a terminal on stdin and stdout"],
  ])("%j without a terminal is a usage error, and contacts nobody", async (argv, message) => {
    const run = await runMclu(argv, { config: "[nodes]\nham0 = 192.0.2.1\n" });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain("mclu ssh GUEST COMMAND");
    // the log is qemu's, and has nothing of what the guest said
    expect(run.stderr).not.toContain("mclu logs");
  });

  it.each([
    [["debian-12", "a", "b"], "without --count"],
    [["debian-12", "a", "--count", "2"], "without --count"],
    [["debian-12", "a", "--no-start"], "leave --no-start and --detach out"],
    [["debian-12", "a", "--detach"], "leave --no-start and --detach out"],
  ])("build --console %j has no console to show", async (argv, hint) => {
    const run = await runMclu(["build", "--console", ...argv], { config: "[nodes]\nham0 = 192.0.2.1\n", tty });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("--console wants one guest that is started and waited for");
    expect(run.stderr).toContain(hint);
  });

  it("start --console wants one guest", async () => {
    const run = await runMclu(["start", "--console", "web*"], { config: config(), tty, env });
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("--console wants one guest, these are 2");
  });

  it("of a guest that is off says how to start it, and of one without a serial port how to add one", async () => {
    const off = await runMclu(["console", "web2"], { config: config(), tty, env });
    expect([off.code, off.stderr]).toEqual([
      6,
      "error: web2 has no console now: it is shut off\n  mclu start ham0/web2\n",
    ]);
    const none = await runMclu(["console", "web1"], { config: config(), tty, env });
    expect(none.code).toBe(6);
    expect(none.stderr).toContain("web1 has no serial console");
  });

  it("of a guest that nobody has is exit 4", async () => {
    expect(await runMclu(["console", "nobody"], { config: config(), tty, env })).toMatchObject({ code: 4, stdout: "" });
  });
});
