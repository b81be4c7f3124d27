import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { localTransport, startChild } from "../../src/node/local.ts";
import { makeNonce, runScript } from "../../src/node/run-script.ts";
import { wrapScript } from "../../src/node/script.ts";
import type { Transport } from "../../src/node/transport.ts";

const shells = ["dash", "bash", "busybox sh"];

/** A transport whose login shell is `command`, in place of `sh -s`. */
function through(command: string): Transport {
  return { open: () => Promise.resolve(startChild("sh", ["-c", command])), close: () => undefined };
}

function run(body: string, transport: Transport = localTransport, deadline = 10, signal?: AbortSignal) {
  return runScript(transport, body, makeNonce(), { become: "none", login: "", deadline, signal });
}

/** Processes whose command line has the text. */
function processes(text: string): string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(text) && !line.startsWith("ps "));
}

describe("runScript", () => {
  it.each(shells)("gives what the body printed, under %s", async (shell) => {
    const output = await run("echo one; echo two >&2; printf three", through(`exec ${shell} -s`));
    expect(output).toMatchObject({ stdout: expect.stringMatching(/^one\nthree/), stderr: "two\n" });
  });

  it("drops what a login shell says before and after", async () => {
    const noisy = through("echo 'Welcome!'; sh -s; echo bye");
    expect((await run("echo one", noisy)).stdout).toBe("one\n");
  });

  it("keeps a body away from the script that follows on stdin", async () => {
    expect((await run("cat; echo done")).stdout).toBe("done\n");
  });

  it("reads answers larger than any buffer, and a flood on stderr", async () => {
    const output = await run("yes | head -c 3000000; yes | head -c 3000000 >&2; echo");
    expect(output.stdout.length).toBe(3000001);
    // what is kept of it, the begin marker before it aside
    expect(output.stderr.length).toBeGreaterThan(64_000);
  });

  it("runs nothing of a script that was cut off", async () => {
    const whole = wrapScript("echo ran >&2", "nonce");
    for (let cut = 1; cut < whole.length; cut += 7) {
      const channel = await startChild("sh", ["-s"]);
      let stderr = "";
      channel.stderr.on("data", (chunk) => {
        stderr += chunk;
      });
      channel.stdout.resume();
      channel.stdin.end(whole.slice(0, cut));
      await channel.ended;
      expect(stderr).not.toContain("ran");
    }
  });

  it.each(shells)("leaves no process when the client goes away, under %s", async (shell) => {
    const marker = `31.${process.pid}${shells.indexOf(shell)}`;
    const interruption = new AbortController();
    const running = run(
      `sleep ${marker} & sleep ${marker}; echo`,
      through(`exec ${shell} -s`),
      10,
      interruption.signal,
    );
    await expect.poll(() => processes(`sleep ${marker}`).length, { timeout: 5000 }).toBeGreaterThanOrEqual(2);
    interruption.abort();
    await expect(running).rejects.toThrow();
    await expect.poll(() => processes(`sleep ${marker}`), { timeout: 2000 }).toEqual([]);
  });

  it.each(shells)("ends even what ignores TERM, under %s", async (shell) => {
    const word = `32.${process.pid}${shells.indexOf(shell)}`;
    const interruption = new AbortController();
    const running = run(
      `trap '' TERM; sleep ${word}; sleep ${word}`,
      through(`exec ${shell} -s`),
      10,
      interruption.signal,
    );
    await expect.poll(() => processes(`sleep ${word}`).length, { timeout: 5000 }).toBeGreaterThan(0);
    interruption.abort();
    await expect(running).rejects.toThrow();
    await expect.poll(() => processes(`sleep ${word}`), { timeout: 5000 }).toEqual([]);
  });

  it("is slow at the deadline, lost when the shell ends early, protocol when no shell answers", async () => {
    await expect(run("sleep 5", localTransport, 0.3)).rejects.toMatchObject({ silence: { reason: "slow" } });
    await expect(run("kill -9 0")).rejects.toMatchObject({ silence: { reason: "lost" } });
    await expect(run("echo", through("exit 3"))).rejects.toMatchObject({
      silence: { reason: "protocol", detail: "no POSIX shell answered (exit code 3)" },
    });
  });

  it("is denied when sudo refuses, but not when nobody ran sudo", async () => {
    const options = { become: "sudo", login: "ssh ham1 ", deadline: 5 } as const;
    const ask = (login: (command: string) => string) => {
      const open = (command: string) => Promise.resolve(startChild("sh", ["-c", login(command)]));
      return runScript({ open, close: () => undefined }, "echo", makeNonce(), options);
    };
    const refusal = "sudo() { echo 'sudo: a password is required' >&2; exit 1; }";
    await expect(ask((command) => `${refusal}; ${command}`)).rejects.toMatchObject({
      silence: { reason: "denied", detail: "sudo -n was refused: sudo: a password is required" },
    });
    await expect(ask(() => "echo not available; exit 1")).rejects.toMatchObject({
      silence: { reason: "protocol", detail: "no POSIX shell answered (exit code 1): not available" },
    });
  });
});
