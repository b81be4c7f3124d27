import { spawn } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { requireFreshBuild } from "../support/run-built.ts";
import type { Fleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const onTerminal = join(root, "test/support/on-terminal.py");

export interface Typed {
  /** As a shell has it. */
  readonly code: number | null;
  /** With an answer: all that came to the screen. */
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Types a line in a shell, where a pipeline fails with any of its commands. An `answer` is given on a terminal, to a question
 * that ends with `[y/N]`; `^C WORDS` is Ctrl-C as soon as the screen shows these words.
 */
export type Type = (line: string, answer?: string) => Promise<Typed>;

/** A user at a shell that has `mclu` on its PATH, and `fleet`; its `ssh` reads the user's settings. */
export async function typist(fleet: Fleet, user: FleetUser, net: string): Promise<Type> {
  requireFreshBuild();
  const bin = join(user.home, "bin");
  await mkdir(bin);
  const program = async (name: string, line: string) => {
    await writeFile(join(bin, name), `#!/bin/sh\n${line} "$@"\n`);
    await chmod(join(bin, name), 0o755);
  };
  await program("mclu", `exec '${process.execPath}' '${join(root, "dist/cli.cjs")}'`);
  // OpenSSH takes the home directory from the passwd file: the user's settings have to be named
  await program("ssh", `exec /usr/bin/ssh -F '${user.sshConfig}'`);
  await program("fleet", `FLEET_DIR='${fleet.dir}' FLEET_NET=${net} exec '${join(root, "test/fleet/fleet")}'`);
  const env = { ...user.env, PATH: `${bin}:${user.env.PATH}` };
  return (line, answer) =>
    new Promise((resolve) => {
      const terminal = answer === undefined ? [] : ["python3", onTerminal, "100", "30"];
      const [file = "", ...args] = [...terminal, "bash", "-o", "pipefail", "-c", line];
      const stdin = answer === undefined ? "ignore" : "pipe";
      const child = spawn(file, args, { env, cwd: user.home, stdio: [stdin, "pipe", "pipe"] });
      let stdout = "";
      let stderr = "";
      let answered = false;
      const interrupts = answer?.startsWith("^C ") === true;
      const awaited = interrupts ? answer.slice(3) : "[y/N]";
      child.stdout?.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
        if (answered || answer === undefined || !stdout.includes(awaited)) return;
        answered = true;
        child.stdin?.write(interrupts ? "\x03" : `${answer}\r`);
      });
      child.stderr?.setEncoding("utf8").on("data", (text: string) => {
        stderr += text;
      });
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    });
}
