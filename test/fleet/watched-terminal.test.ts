import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { builtProgram } from "../support/run-built.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { startTmux } from "../support/tmux.ts";

/** A shell, at whose prompt `status --watch` of three nodes was typed, and what it shows when it is on the screen whole. */
async function watchedInShell() {
  const home = temporaryDirectory();
  const guests = [{ name: "web1", running: true }];
  writeFileSync(join(home, "mclu.conf"), clusterOf({ ham0: guests, ham1: guests, ham2: guests }));
  const env = {
    ...{ HOME: home, PATH: process.env.PATH ?? "", MCLU_CONFIG: join(home, "mclu.conf"), LC_ALL: "C.UTF-8" },
    ...{ PS1: "ready> ", HISTFILE: "/dev/null" },
  };
  const shell = startTmux(["bash", "--norc", "--noprofile", "-i"], env);
  await shell.until("ready>");
  shell.type(`clear; ${builtProgram(["status", "--watch", "0.3"]).join(" ")}`);
  shell.press("Enter");
  const whole = await shell.until(/^ham0 +on\n[\s\S]*^ham1 +on\n[\s\S]*^ham2 +on\n[\s\S]*free: .*$/m);
  return { shell, whole };
}

it("leaves nothing of what it showed while the window was too narrow or too short", async () => {
  const { shell, whole } = await watchedInShell();
  for (const [columns, rows] of [
    [30, 30],
    [20, 4],
    [100, 5],
    [30, 12],
  ] as const) {
    shell.resize(columns, rows);
    await shell.until(/^ham0/);
    shell.resize(100, 30);
    await shell.until(whole);
    await expect.poll(() => shell.screen()).toBe(whole);
  }
});

it("keeps no copy of each look in the history of the terminal", async () => {
  const { shell } = await watchedInShell();
  // the line that was typed is there, since `clear`; three nodes were waited for, and each was drawn when it came
  expect(Number(shell.ask("#{history_size}"))).toBeLessThan(3);
});

it("leaves alone what the shell wrote while it was stopped, and shows the nodes below that", async () => {
  const { shell, whole } = await watchedInShell();
  shell.press("C-z");
  await shell.until(/Stopped[\s\S]*ready>$/);
  shell.type("fg");
  shell.press("Enter");
  await expect.poll(() => shell.screen(), { timeout: 10_000 }).toMatch(/Stopped[\s\S]*ready> fg\n.*\n/);
  await expect.poll(() => shell.screen().endsWith(whole)).toBe(true);
  expect(shell.screen().startsWith(whole)).toBe(true);
});
