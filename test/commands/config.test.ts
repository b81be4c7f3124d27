import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { main } from "../../src/main.ts";
import { startSshd } from "../support/fake-sshd.ts";
import { homeWith } from "../support/home-with.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { runMclu } from "../support/run-mclu.ts";
import { adminKey, sshWorld } from "../support/ssh-world.ts";

async function mclu(cwd: string, argv: readonly string[], env: Record<string, string> = {}) {
  const terminal = memoryTerminal();
  const { signal } = new AbortController();
  const code = await main({ argv, env: { HOME: cwd, ...env }, cwd, terminal, signal });
  return { code, stdout: terminal.stdout, stderr: terminal.stderr };
}

describe("mclu config", () => {
  it("check says so when nothing is wrong, and warns on stderr", async () => {
    const home = await homeWith({ "a b.conf": "[mclu]\ntemplates = none\n[nodes]\nham0\nham1\n" });
    const expected = {
      code: 0,
      stdout: "a b.conf: no errors, 2 nodes\n",
      stderr: `warning: a b.conf:2: templates: no directory ${join(home, "none")}\n`,
    };
    expect(await mclu(home, ["-f", "a b.conf", "config", "check"])).toEqual(expected);
    expect(await mclu(home, ["config", "check"], { MCLU_CONFIG: "a b.conf" })).toEqual(expected);
  });

  it("check lists all that is wrong and exits 2", async () => {
    const home = await homeWith({ "m.conf": "[mclu]\nusr = root\n[nodes]\nham0 = \u202e\n" });
    expect(await mclu(home, ["config", "check", "--config", "m.conf"])).toEqual({
      code: 2,
      stdout: "",
      stderr: [
        'error: m.conf:2: unknown key "usr" in [mclu]: did you mean user?',
        'm.conf:4: ham0: "\\u202e" is not a host: a name has letters, digits, ".", "_" and "-", and begins with a letter or digit',
        "  nothing was contacted; mend these and try: mclu config check (mclu.conf.example explains every key)",
        "",
      ].join("\n"),
    });
  });

  it("show and check print JSON", async () => {
    const home = await homeWith({ "m.conf": "[nodes]\nham0\n" });
    const json = async (verb: string) =>
      JSON.parse((await mclu(home, ["config", verb, "-o", "json", "-f", "m.conf"])).stdout);
    expect(await json("check")).toEqual({
      schema: 1,
      kind: "config-check",
      file: "m.conf",
      nodes: ["ham0"],
      warnings: [],
    });
    expect(await json("show")).toEqual(
      expect.objectContaining({
        schema: 1,
        kind: "config",
        file: "m.conf",
        fanout: { key: "fanout", value: 32, origin: "default" },
      }),
    );
  });

  it("show prints a configuration", async () => {
    const home = await homeWith({ "m.conf": "[nodes]\nham0\n" });
    const { code, stdout } = await mclu(home, ["config", "show", "-f", "m.conf"]);
    expect(code).toBe(0);
    expect(stdout).toContain("[nodes]\nham0 = ham0                              ; m.conf:2\n");
  });

  it("with a mistake in it has no command contact anybody", async () => {
    const sshd = await startSshd({ authorized: [adminKey.public] });
    const { env, config } = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } });
    for (const argv of [["status"], ["list"], ["start", "web1"], ["exec", "ham0", "--", "true"], ["trust", "ham0"]])
      expect(await runMclu(argv, { config: `${config}[nodse]\n`, env })).toMatchObject({
        code: 2,
        stdout: "",
        stderr: expect.stringContaining("nothing was contacted; "),
      });
    expect(sshd.seen.connections).toBe(0);
    // it would have been noticed
    expect(await runMclu(["exec", "ham0", "--", "true"], { config, env })).toMatchObject({ code: 0 });
    expect(sshd.seen.connections).toBe(1);
  });
});
