import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { runProgram } from "../../src/render/run-program.ts";

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
  const { mkdtempSync, readFileSync, rmSync } = await import("node:fs");
  const directory = mkdtempSync("/tmp/mclu-test-run-");
  const file = `${directory}/pid`;
  const { real, kills } = ownProcess(() => Number(readFileSync(file, "utf8")));
  const tell = setInterval(() => real.emit("SIGCHLD"), 100);
  try {
    const program = ["sh", "-c", `echo $$ >${file}; kill -STOP $$; exit 3`];
    expect(await runProgram(real as unknown as NodeJS.Process, program)).toBe(3);
  } finally {
    clearInterval(tell);
    rmSync(directory, { recursive: true });
  }
  expect(kills).toContain("1 SIGTSTP");
  expect(real.listenerCount("SIGCHLD")).toBe(0);
});
