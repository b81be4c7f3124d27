import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { startChild } from "../../src/node/local.ts";
import { type RemoteCommand, type StreamOptions, streamCommand } from "../../src/node/stream-command.ts";
import type { Transport } from "../../src/node/transport.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A node whose login shell and `sh` are what is asked for. */
function machine({ login = "sh", path = "" } = {}): Transport {
  const PATH = `${path}${path && ":"}${process.env.PATH}`;
  return {
    open: (command) => Promise.resolve(startChild("env", [`PATH=${PATH}`, login, "-c", command])),
    close: () => undefined,
  };
}

async function run(command: RemoteCommand, options: Partial<StreamOptions> = {}, transport = machine()) {
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  const sinks = {
    onStdout: (chunk: Buffer) => void out.push(chunk),
    onStderr: (chunk: Buffer) => void err.push(chunk),
  };
  const end = await streamCommand(transport, command, { become: "none", login: "", ...sinks, ...options });
  return { end, stdout: Buffer.concat(out), stderr: Buffer.concat(err).toString() };
}

/** How many processes have this word in their command line. */
function processesWith(word: string): number {
  const lines = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return lines.filter((line) => line.includes(word) && !line.startsWith("ps ")).length;
}

function isInstalled(program: string): boolean {
  return (process.env.PATH ?? "").split(":").some((directory) => existsSync(join(directory, program)));
}

const shells = ["sh", "bash", "tcsh", "fish", "zsh"].filter(isInstalled);

describe("streamCommand", () => {
  it.each(shells)("passes words exactly through the login shell %s", async (login) => {
    const words = ["", "a b", "it's", '"$HOME" `id` $(id)', "!!", "a\nb", "*", "\\n\\", "-n", "é漢", "%d"];
    const { end, stdout } = await run({ argv: ["printf", "%s\\0", ...words] }, {}, machine({ login }));
    expect(end).toEqual({ kind: "exit", code: 0 });
    expect(stdout.toString().split("\0").slice(0, -1)).toEqual(words);
  });

  it.each(shells)("forwards bytes and their end through the login shell %s", async (login) => {
    const data = Buffer.alloc(700_001, "a\0\n\r\\ü");
    const stdin = Readable.from([data.subarray(0, 3), data.subarray(3)]);
    const { end, stdout, stderr } = await run({ argv: ["cat"] }, { stdin }, machine({ login }));
    expect({ end, stderr }).toEqual({ end: { kind: "exit", code: 0 }, stderr: "" });
    expect(stdout.equals(data)).toBe(true);
  });

  it("works where sh is bash or busybox", async () => {
    for (const shell of ["bash", "busybox"].filter(isInstalled)) {
      const path = temporaryDirectory();
      symlinkSync(execFileSync("which", [shell], { encoding: "utf8" }).trim(), join(path, "sh"));
      const stdin = Readable.from([Buffer.from("x\n")]);
      const transport = machine({ path });
      expect(await run({ argv: ["cat"] }, { stdin }, transport)).toMatchObject({ stderr: "" });
      const { end, stdout, stderr } = await run({ shell: "echo $0; echo oh >&2; exit 3" }, {}, transport);
      expect({ end, stdout: stdout.toString(), stderr }).toEqual({
        end: { kind: "exit", code: 3 },
        stdout: "sh\n",
        stderr: "oh\n",
      });
    }
  });

  it("ends when the command ends, though it left its stdin unread", async () => {
    async function* endless() {
      for (;;) yield Buffer.alloc(100_000, "x");
    }
    const { end, stdout } = await run({ argv: ["head", "-c", "5"] }, { stdin: Readable.from(endless()) });
    expect(end).toEqual({ kind: "exit", code: 0 });
    expect(stdout.toString()).toBe("xxxxx");
  });

  it("reads nothing from this side unless asked to", async () => {
    expect((await run({ argv: ["cat"] })).end).toEqual({ kind: "exit", code: 0 });
  });

  it("keeps what is not the command's out of both streams", async () => {
    const noisy: Transport = {
      open: (command) => Promise.resolve(startChild("sh", ["-c", `echo motd; echo oops >&2; ${command}`])),
      close: () => undefined,
    };
    const { stdout, stderr } = await run({ shell: "echo out; echo err >&2" }, {}, noisy);
    expect({ stdout: stdout.toString(), stderr }).toEqual({ stdout: "out\n", stderr: "err\n" });
  });

  it("leaves the node's own locale and gives exit codes as the shell has them", async () => {
    const transport: Transport = {
      open: (command) => Promise.resolve(startChild("env", ["LC_ALL=C.UTF-8", "sh", "-c", command])),
      close: () => undefined,
    };
    expect((await run({ shell: "echo $LC_ALL" }, {}, transport)).stdout.toString()).toBe("C.UTF-8\n");
    expect((await run({ argv: ["no-such-program"] })).end).toEqual({ kind: "exit", code: 127 });
    expect((await run({ shell: "kill -9 $$" })).end).toEqual({ kind: "exit", code: 137 });
  });

  it.each([
    ["a deadline", "deadline"],
    ["an interruption", "interrupted"],
  ] as const)("ends a command that ignores signals within 2 s after %s", async (_what, kind) => {
    const controller = new AbortController();
    const word = `mclu-test-${Math.random()}`;
    const how = kind === "deadline" ? { timeout: 0.5 } : { signal: controller.signal };
    setTimeout(() => controller.abort(), 500);
    for (const stdin of [undefined, idle()]) {
      const command = { shell: `trap '' TERM; sh -c 'sleep 60; : ${word}'; : ${word}` };
      const { end } = await run(command, { ...how, stdin });
      expect(end).toEqual({ kind });
      await sleep(1800);
      expect(processesWith(word)).toBe(0);
    }
  });

  it("leaves what the command put into the background alone once it has ended", async () => {
    const file = join(temporaryDirectory(), "pid");
    await run({ shell: `sleep 30 >/dev/null 2>&1 & echo $! >${file}` });
    await sleep(1300);
    const pid = Number(readFileSync(file, "utf8"));
    expect(() => process.kill(pid)).not.toThrow();
  });

  it("says why nothing ran", async () => {
    const refusal = "sudo() { echo 'sudo: a password is required' >&2; exit 1; }";
    const asking = (login: (command: string) => string) => {
      const open = (command: string) => Promise.resolve(startChild("sh", ["-c", login(command)]));
      return streamCommand(
        { open, close: () => undefined },
        { argv: ["id"] },
        { become: "sudo", login: "ssh ham1 ", onStdout: () => {}, onStderr: () => {} },
      );
    };
    await expect(asking((command) => `${refusal}; ${command}`)).rejects.toMatchObject({
      silence: { reason: "denied", detail: "sudo -n was refused: sudo: a password is required" },
    });
    await expect(asking(() => "echo not available; exit 1")).rejects.toThrow(
      /no POSIX shell answered \(exit code 1\): not available$/,
    );
  });

  it("ends the command when a sink throws, and rejects with its error", async () => {
    const onStdout = () => {
      throw new Error("the pipe is closed");
    };
    await expect(run({ argv: ["yes"] }, { onStdout })).rejects.toThrow("the pipe is closed");
  });

  it("waits for a slow reader", async () => {
    let pending = 0;
    let most = 0;
    const onStdout = async () => {
      most = Math.max(most, ++pending);
      await sleep(1);
      pending--;
    };
    await run({ shell: "head -c 1000000 /dev/zero" }, { onStdout });
    expect(most).toBe(1);
  });
});

/** A stdin that stays open and says nothing more. */
function idle(): Readable {
  const stream = new PassThrough();
  stream.write("x\n");
  return stream;
}
