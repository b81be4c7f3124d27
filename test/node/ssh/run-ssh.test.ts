import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { runSsh } from "../../../src/node/ssh/run-ssh.ts";
import { SshSession } from "../../../src/node/ssh/session.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** An environment whose `ssh` is this script. */
function envWith(script: string): Record<string, string> {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "ssh"), `#!/bin/sh\n${script}\n`);
  chmodSync(join(directory, "ssh"), 0o755);
  return { PATH: `${directory}:${process.env.PATH}`, HOME: directory };
}

function processes(text: string): string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(text) && !line.startsWith("ps "));
}

const expectNone = (text: string) => vi.waitFor(() => expect(processes(text)).toEqual([]), { timeout: 2000 });

describe("runSsh", () => {
  it("gives what ssh said", async () => {
    const env = envWith('echo "$@"; echo oh >&2; exit 3');
    expect(await runSsh(env)(["-G", "a b"])).toEqual({ kind: "ended", code: 3, stdout: "-G a b\n", stderr: "oh\n" });
    expect(await runSsh({ PATH: "/nowhere" })([])).toEqual({ kind: "missing" });
  });

  it("ends at once, with all that ssh has started, when it is interrupted", async () => {
    const marker = `41.${process.pid}1`;
    const interruption = new AbortController();
    const answer = runSsh(envWith(`sleep ${marker}; echo`), interruption.signal)(["-G"]);
    await vi.waitFor(() => expect(processes(marker)).not.toEqual([]), { timeout: 10_000 });
    interruption.abort();
    await expect(answer).rejects.toThrow(NodeError);
    await expectNone(marker);
  });

  it("starts no more than 96 at once, and the others when these have ended", async () => {
    const env = envWith('echo >>"$HOME/begun"; until [ -e "$HOME/go" ]; do sleep 0.1; done');
    const begun = () => readFileSync(join(env["HOME"] ?? "", "begun"), "utf8").length;
    const run = runSsh(env);
    const answers = Array.from({ length: 100 }, () => run(["-G"]));
    await vi.waitFor(() => expect(begun()).toBe(96), { timeout: 10_000 });
    await sleep(300);
    expect(begun()).toBe(96);
    writeFileSync(join(env["HOME"] ?? "", "go"), "");
    expect((await Promise.all(answers)).filter(({ kind }) => kind === "ended")).toHaveLength(100);
    expect(begun()).toBe(100);
  }, 20_000);

  it("starts none any more after an interruption", async () => {
    const env = envWith('echo >>"$HOME/begun"');
    await expect(runSsh(env, AbortSignal.abort())(["-G"])).rejects.toThrow(NodeError);
    expect(existsSync(join(env["HOME"] ?? "", "begun"))).toBe(false);
  });

  it("ends by itself where an Include leads to a pipe that only ssh finds, and says what to look for", async () => {
    const home = temporaryDirectory();
    execFileSync("mkfifo", ["-m", "600", join(home, "pipe")]);
    const config = join(home, "config");
    writeFileSync(config, `Include ${home}/pip[e]\n`);
    const env = { PATH: process.env.PATH, HOME: home, MCLU_SSH_CONFIG: config };
    const session = new SshSession({ env, cacheDirectory: join(home, "cache") });
    const begun = performance.now();
    await expect(session.resolve("ham0", {})).rejects.toMatchObject({
      silence: {
        reason: "protocol",
        detail: expect.stringMatching(/^ssh -G had no answer within 20 s: .* an Include of what is no file\?/),
        hint: `ssh -G -F ${config} ham0`,
      },
    });
    expect((performance.now() - begun) / 1000).toBeLessThan(24);
    await expectNone(config);
    await session.close();
  }, 40_000);

  it("is over when the session is closed", async () => {
    const marker = `41.${process.pid}2`;
    const env = envWith(`sleep ${marker}; echo`);
    const session = new SshSession({ env, cacheDirectory: join(env["HOME"] ?? "", "cache") });
    const settings = session.resolve("ham0", {});
    settings.catch(() => undefined);
    await vi.waitFor(() => expect(processes(marker)).not.toEqual([]), { timeout: 10_000 });
    await session.close();
    await expect(settings).rejects.toMatchObject({ silence: { reason: "lost" } });
    await expectNone(marker);
  });
});
