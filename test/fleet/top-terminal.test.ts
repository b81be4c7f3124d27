import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { builtProgram } from "../support/run-built.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { startTmux } from "../support/tmux.ts";

/** Notes the number of the process, and lets it break where nothing catches it. */
const breakable = (pidFile: string) => `
  require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
  process.on("SIGUSR2", () => { throw new Error("broken by the test"); });`;

/** A shell on a terminal whose settings are known, with `top` on its screen. */
async function topInShell() {
  const home = temporaryDirectory();
  const config = join(home, "mclu.conf");
  const hook = join(home, "hook.cjs");
  const pidFile = join(home, "pid");
  writeFileSync(config, clusterOf({ ham0: [{ name: "web1" }] }));
  writeFileSync(hook, breakable(pidFile));
  const env = {
    HOME: home,
    PATH: process.env.PATH ?? "",
    MCLU_CONFIG: config,
    PS1: "ready> ",
    LC_ALL: "C.UTF-8",
    HISTFILE: "/dev/null",
  };
  const shell = startTmux(["bash", "--norc", "--noprofile", "-i"], env);
  const enter = (text: string) => {
    shell.type(text);
    shell.press("Enter");
  };
  await shell.until("ready>");
  // what another program of the user has set is as it was, too
  enter("stty -ixon; clear; set -- $(stty -g)");
  enter(
    `echo what stood here; NODE_OPTIONS='--require ${hook}' ${builtProgram(["top", "--interval", "0.2"]).join(" ")}`,
  );
  await shell.until(/nodes 1\/1[\s\S]*ham0\/web1/);
  expect(modes(shell)).toBe("1 0 0");
  const pid = Number(execFileSync("cat", [pidFile], { encoding: "utf8" }));
  return { shell, enter, pid, kill: (signal: NodeJS.Signals) => process.kill(pid, signal) };
}

/** Of the terminal: whether the other screen is shown, a cursor is seen, long lines wrap. */
function modes(shell: ReturnType<typeof startTmux>): string {
  return shell.ask("#{alternate_on} #{cursor_flag} #{wrap_flag}");
}

describe("top leaves the terminal as it was", () => {
  it.each([
    ["SIGTERM", 130, ""],
    ["SIGINT", 130, ""],
    ["SIGHUP", 129, ""],
    ["SIGQUIT", 131, ""],
    ["SIGUSR2", 1, "Error: broken by the test"],
  ] as const)("at %s, which ends it with %d", async (signal, code, said) => {
    const { shell, enter, kill } = await topInShell();
    kill(signal);
    await shell.until(/ready> $|ready>$/);
    enter('echo code $?, settings $([ "$*" = "$(stty -g)" ] && echo same)');
    const after = await shell.until(new RegExp(`^code ${code}, settings same$`, "m"));
    expect(after).toMatch(/^what stood here$/m);
    expect(after).not.toContain("ham0/web1");
    expect(after).toContain(said);
    expect(modes(shell)).toBe("0 1 1");
  });

  it("when somebody stops it from elsewhere, and is there again when it goes on", async () => {
    const { shell, enter, kill } = await topInShell();
    kill("SIGTSTP");
    expect(await shell.until(/Stopped/)).toMatch(/^what stood here$/m);
    expect(modes(shell)).toBe("0 1 1");
    enter('echo settings $([ "$*" = "$(stty -g)" ] && echo same)');
    await shell.until(/^settings same$/m);
    enter("fg");
    await shell.until(/nodes 1\/1[\s\S]*ham0\/web1/);
    expect(modes(shell)).toBe("1 0 0");
    shell.type("q");
    // until then top reads what is typed
    await shell.until(/ready>$/);
    enter('echo code $?, settings $([ "$*" = "$(stty -g)" ] && echo same)');
    expect(await shell.until(/^code 0, settings same$/m)).toMatch(/^what stood here$/m);
    expect(modes(shell)).toBe("0 1 1");
  });

  it("and reads its keys again after SIGSTOP, of which nobody hears", async () => {
    const { shell, enter, kill } = await topInShell();
    kill("SIGSTOP");
    await shell.until(/Stopped/);
    enter("fg");
    await shell.until(/nodes 1\/1[\s\S]*ham0\/web1/);
    // a terminal that is not raw would keep it until Enter
    shell.type("q");
    await shell.until(/ready>$/);
    enter('echo code $?, settings $([ "$*" = "$(stty -g)" ] && echo same)');
    expect(await shell.until(/^code 0, settings same$/m)).toMatch(/^what stood here$/m);
    expect(modes(shell)).toBe("0 1 1");
  });

  it("and ends with a terminal that is closed", async () => {
    const { shell, pid } = await topInShell();
    shell.close();
    await expect.poll(() => existsSync(`/proc/${pid}`), { timeout: 20_000 }).toBe(false);
  });
});
