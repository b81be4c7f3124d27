import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { startChild } from "../../src/node/local.ts";
import { startMaster } from "../../src/node/openssh/master.ts";
import { dial } from "../../src/node/ssh/dial.ts";
import { runSsh } from "../../src/node/ssh/run-ssh.ts";
import { streamCommand } from "../../src/node/stream-command.ts";
import { whenOver } from "../../src/node/when-over.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** Timers come next after this, sockets after them. */
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Another program has the processor. */
function hold(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

it("takes a host for on whose answer is there, however long this process had no turn", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  await turn();
  const dialled = dial({ node: "ham0", host: "127.0.0.1", port, family: 4, deadline: 0.2 });
  // the connection is begun when the address was resolved
  await Promise.resolve();
  await new Promise((resolve) => process.nextTick(resolve));
  hold(500);
  const socket = await dialled;
  socket.destroy();
});

it("lets the time begin anew where this process stood still", async () => {
  const over = vi.fn();
  const stop = whenOver(0.1, over);
  onTestFinished(stop);
  hold(1300);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(over).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(over).toHaveBeenCalledOnce());
});

it("waits for a time that is longer than Node's timers go", async () => {
  const over = vi.fn();
  const stop = whenOver(3_000_000, over);
  await new Promise((resolve) => setTimeout(resolve, 50));
  stop();
  expect(over).not.toHaveBeenCalled();
});

it("calls back when the time is over, and not where it was stopped", async () => {
  const [over, stopped] = [vi.fn(), vi.fn()];
  whenOver(0.01, over);
  whenOver(0.01, stopped)();
  await vi.waitFor(() => expect(over).toHaveBeenCalledOnce());
  expect(stopped).not.toHaveBeenCalled();
});

describe("a child that has ended while this process had no turn", () => {
  /** A directory with a program, which makes the file `done` there when it has said all. */
  function program(script: string) {
    const directory = temporaryDirectory();
    const done = join(directory, "done");
    const file = join(directory, "ssh");
    writeFileSync(file, `#!/bin/sh\n${script.replace("DONE", `: >'${done}'`)}\n`);
    chmodSync(file, 0o755);
    return { file, done, env: { PATH: `${directory}:${process.env.PATH}`, HOME: directory } };
  }

  /** Lets nobody here have a turn until the program has ended, and so many seconds are over. */
  async function missTheEnd(done: string, seconds: number): Promise<void> {
    while (vi.getTimerCount() === 0) await turn();
    while (!existsSync(done)) hold(20);
    hold(300);
    vi.advanceTimersByTime(seconds * 1000);
    vi.useRealTimers();
  }

  /** The clock stands until it is put forward; the rest of Node goes by its own. */
  function stopClock(): void {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
  }

  it("has answered, where it is ssh -G", async () => {
    const { env, done } = program("echo here; DONE");
    stopClock();
    const answer = runSsh(env)([]);
    await missTheEnd(done, 20);
    expect(await answer).toEqual({ kind: "ended", code: 0, stdout: "here\n", stderr: "" });
  });

  it("has said why, where it is an ssh that logs in", async () => {
    const { env, done } = program("sleep 0.3; echo 'no, thank you' >&2; DONE; exit 255");
    stopClock();
    const login = startMaster({ argv: () => [], socket: undefined, jumps: 0, env, seconds: 5, signal: undefined });
    await missTheEnd(done, 5);
    expect(await login).toMatchObject({ kind: "refused", said: "no, thank you" });
  });

  it.each([
    ["time", 5, 5],
    ["first word", undefined, 20],
  ])("has done its work, where it is a command that was given a limit for its %s", async (_what, timeout, seconds) => {
    const { file, done } = program("echo hello; DONE");
    const said: Buffer[] = [];
    const sinks = { onStdout: (chunk: Buffer) => void said.push(chunk), onStderr: () => undefined };
    const open = (command: string) => Promise.resolve(startChild("sh", ["-c", `sleep 0.3; ${command}`]));
    stopClock();
    // its first word comes when nobody listens any more
    const ran = streamCommand(
      { open, close: () => undefined },
      { argv: [file] },
      { become: "none", login: "", timeout, ...sinks },
    );
    await turn();
    await missTheEnd(done, seconds);
    expect(await ran).toEqual({ kind: "exit", code: 0 });
    expect(Buffer.concat(said).toString()).toBe("hello\n");
  });
});
