import { spawnSync } from "node:child_process";
import { EventEmitter } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { runProgram } from "../../src/render/run-program.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A process that is told of its children's stops, and whose shell has what it stopped go on. */
function ownProcess(pids: () => number) {
  const kills: string[] = [];
  const real = Object.assign(new EventEmitter(), {
    pid: 1,
    stdin: { isTTY: true },
    kill: (pid: number, signal: string) => {
      kills.push(`${pid} ${signal}`);
      process.kill(pids(), "SIGCONT");
    },
  });
  return { real, kills };
}

it("stops with a program that stops itself alone, and ends with its exit code once both go on", async () => {
  const file = join(temporaryDirectory(), "pid");
  const pid = () => Number(readFileSync(file, "utf8"));
  const { real, kills } = ownProcess(pid);
  const tell = setInterval(() => real.emit("SIGCHLD"), 100);
  let isRunning = true;
  onTestFinished(() => {
    clearInterval(tell);
    if (isRunning) spawnSync("kill", ["-KILL", `${pid()}`], { stdio: "ignore" });
  });
  const program = ["sh", "-c", `echo $$ >${file}; kill -STOP $$; exit 3`];
  expect(await runProgram(real as unknown as NodeJS.Process, program)).toBe(3);
  isRunning = false;
  expect(kills).toContain("1 SIGTSTP");
  expect(real.listenerCount("SIGCHLD")).toBe(0);
});
