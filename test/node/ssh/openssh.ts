import { execFile, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ssh2 from "ssh2";
import { afterAll } from "vitest";
import { type PublicKey, parsePublicKey } from "../../../src/node/ssh/key-blob.ts";

const endings: (() => void | Promise<void>)[] = [];
afterAll(async () => {
  for (const end of endings.reverse()) await end();
});

/** A directory that goes away after the file's tests. Short: a Unix socket's path has 107 characters at most. */
export function scratchDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "mclu-ssh-"));
  endings.push(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of OpenSSH to its end, whatever its exit code; an empty stdin. */
export function openSsh(program: string, args: readonly string[], env = process.env): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === "number" ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** Makes a key pair at `path` and `path.pub`. */
export function makeKey(path: string, type: string, ...options: string[]): PublicKey {
  const passphrase = options.includes("-N") ? [] : ["-N", ""];
  execFileSync("ssh-keygen", ["-q", "-t", type, "-f", path, "-C", path, ...passphrase, ...options]);
  return readPublicKey(`${path}.pub`);
}

function readPublicKey(path: string): PublicKey {
  const publicKey = parsePublicKey(readFileSync(path, "utf8"));
  if (publicKey === undefined) throw new Error(`no public key: ${path}`);
  return publicKey;
}

/** Starts an agent on a socket; it ends after the file's tests. */
export async function startAgent(socketPath: string): Promise<void> {
  const agent = spawn("ssh-agent", ["-D", "-a", socketPath], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = new Promise<void>((resolve) => agent.once("exit", () => resolve()));
  endings.push(() => {
    agent.kill("SIGTERM");
    return ended;
  });
  // it names its socket once it listens
  await new Promise((resolve) => agent.stdout.once("data", resolve));
}

export function addToAgent(socketPath: string, ...paths: string[]): void {
  execFileSync("ssh-add", ["-q", ...paths], { env: { ...process.env, SSH_AUTH_SOCK: socketPath }, stdio: "pipe" });
}

/** A host that shows one key and lets in whoever offers one of `accepted`; ends after the file's tests. */
export async function startHost(hostKeyPath: string, accepted: readonly Buffer[] = []): Promise<{ port: number }> {
  const server = new ssh2.Server({ hostKeys: [readFileSync(hostKeyPath)] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const { method } = context;
      if (method === "publickey" && accepted.some((key) => key.equals(context.key.data))) context.accept();
      else context.reject(["publickey"]);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endings.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return { port: address.port };
}
