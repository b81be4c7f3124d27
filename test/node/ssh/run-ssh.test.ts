import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
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
    await vi.waitFor(() => expect(processes(marker)).not.toEqual([]));
    interruption.abort();
    await expect(answer).rejects.toThrow(NodeError);
    await expectNone(marker);
  });

  it("is over when the session is closed", async () => {
    const marker = `41.${process.pid}2`;
    const env = envWith(`sleep ${marker}; echo`);
    const session = new SshSession({ env, cacheDirectory: join(env["HOME"] ?? "", "cache") });
    const settings = session.resolve("ham0", {});
    settings.catch(() => undefined);
    await vi.waitFor(() => expect(processes(marker)).not.toEqual([]));
    await session.close();
    await expect(settings).rejects.toMatchObject({ silence: { reason: "lost" } });
    await expectNone(marker);
  });
});
