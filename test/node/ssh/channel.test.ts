import { spawnSync } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServerChannel } from "ssh2";
import { describe, expect, it } from "vitest";
import { runCommand, startSshd } from "../../support/fake-sshd.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { ask, authorized, run, silenceOf } from "./asking.ts";

describe("a command", () => {
  it("that is cut in the middle is lost, and what it said until then is kept", async () => {
    const sshd = await startSshd({ authorized });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    let stdout = "";
    const onStdout = (chunk: Buffer) => {
      stdout += chunk;
      sshd.cut();
    };
    const cut = node.stream({ shell: "echo half; sleep 30" }, { onStdout, onStderr: () => undefined });
    expect(await silenceOf(cut)).toMatchObject({ reason: "lost" });
    expect(stdout).toBe("half\n");
    // the next question opens a new connection
    expect((await run(node, "echo again")).stdout).toBe("again\n");
    expect(sshd.seen.connections).toBe(2);
  });

  it("takes no exit code that a process cannot have for success", async () => {
    const onExec = (channel: ServerChannel, command: string) => {
      const exit = channel.exit.bind(channel);
      // 256 is 0 once it is cut to what this process can end with
      channel.exit = (() => exit(256)) as typeof channel.exit;
      runCommand(channel, command);
    };
    const sshd = await startSshd({ authorized, onExec });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect((await run(node, "true")).end).toEqual({ kind: "exit", code: 255 });
  });

  it("fails where the server refuses a channel or the command", async () => {
    for (const [refuse, reason] of [
      ["channel", "denied"],
      ["exec", "lost"],
    ] as const) {
      const sshd = await startSshd({ authorized, refuse });
      const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
      expect(await silenceOf(run(node, "true"))).toMatchObject({ state: "failed", reason });
      expect(await silenceOf(ask(node, "true"))).toMatchObject({ state: "failed", reason });
    }
  });

  it("waits for a server that has not yet seen the last channel close", async () => {
    const sshd = await startSshd({ authorized, refuseFirst: 2 });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect((await run(node, "echo here")).stdout).toBe("here\n");
    expect(sshd.seen.connections).toBe(1);
  });

  it("opens beside as many others as are asked for at once, without a warning", async () => {
    const sshd = await startSshd({ authorized });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    const warnings: string[] = [];
    const hear = ({ name }: Error) => warnings.push(name);
    process.on("warning", hear);
    const all = await Promise.all(Array.from({ length: 16 }, (_, at) => run(node, `echo ${at}`)));
    process.off("warning", hear);
    expect(all.map(({ stdout }) => stdout)).toEqual(all.map((_, at) => `${at}\n`));
    expect(warnings).toEqual([]);
  });

  it("that the server never starts ends at the deadline, and at once when interrupted", async () => {
    const sshd = await startSshd({ authorized, ignoreExec: true });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect(await silenceOf(ask(node, "true", { deadline: 0.5 }))).toMatchObject({ reason: "slow" });
    const sinks = { onStdout: () => undefined, onStderr: () => undefined };
    expect(await node.stream({ shell: "true" }, { ...sinks, signal: AbortSignal.timeout(300) })).toEqual({
      kind: "interrupted",
    });
  });

  it("that answers by half is not taken for a short answer", async () => {
    const sshd = await startSshd({
      authorized,
      onExec(channel) {
        channel.once("data", (script: Buffer) => {
          channel.write(`${/mclu-[0-9a-f]+ begin/.exec(script.toString())?.[0]}\nhalf\n`);
          channel.exit(0);
          channel.end();
        });
      },
    });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect(await silenceOf(ask(node, "echo whole"))).toMatchObject({ state: "failed" });
  });

  it("is found behind noise, and does not stall when stderr is flooded", async () => {
    const noise = "yes noise | head -c 3000000; yes noise | head -c 3000000 >&2;";
    const sshd = await startSshd({
      authorized,
      onExec: (channel, command) => runCommand(channel, `${noise} ${command}`),
    });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect((await ask(node, "echo answer; head -c 3000000 /dev/zero >&2")).stdout.trim()).toBe("answer");
    expect(await run(node, "echo answer; echo oh >&2")).toMatchObject({ stdout: "answer\n", stderr: "oh\n" });
  });

  it("is gone from the node within 2 s after this side went", async () => {
    const sshd = await startSshd({ authorized });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    const controller = new AbortController();
    let pid = 0;
    const onStdout = (chunk: Buffer) => {
      pid = Number(chunk);
      controller.abort();
    };
    await node.stream(
      { shell: "trap '' TERM; echo $$; sleep 60" },
      { onStdout, onStderr: () => undefined, signal: controller.signal },
    );
    await sleep(1800);
    const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", `${pid}`], { encoding: "utf8" });
    // whether init reaps a zombie is not our business
    expect(stdout.replace(/^Z.*/, "").trim()).toBe("");
  });
});
