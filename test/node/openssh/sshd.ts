import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { makeKey, publicKey } from "./world.ts";

export interface Sshd {
  readonly port: number;
  /** Path of its host key. */
  readonly hostKey: string;
  /** The line of known_hosts that makes it known. */
  readonly known: string;
  /** How many logins it has accepted. */
  logins(): number;
  /** How many requests of any user to be let in it has heard of: none before a client trusts the host's key. */
  authentications(): number;
  /** How many key exchanges it has ended, the first of each connection too. */
  keyExchanges(): number;
  /** In how many exchanges of keys both sides agreed on strictness; with `LogLevel DEBUG3`. */
  strictExchanges(): number;
  /** How many TCP connections it has seen. */
  connections(): number;
}

/** OpenSSH's own server on 127.0.0.1, with lines of sshd_config in front of the usual ones; it ends with the test. */
export async function startSshd(directory: string, config: readonly string[] = []): Promise<Sshd> {
  // Debian's sshd wants it to be there when root starts it; the service would make it
  if (userInfo().uid === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  const hostKey = makeKey(directory, `host-${port}`);
  const file = join(directory, `sshd-${port}`);
  const lines = [
    ...config,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${join(directory, "authorized_keys")}`,
    ...["PidFile none", "UsePAM no", "StrictModes no", "PermitRootLogin yes", "PasswordAuthentication no"],
    "LogLevel DEBUG1",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const program = existsSync("/usr/sbin/sshd") ? "/usr/sbin/sshd" : "/usr/bin/sshd";
  const child = spawn(program, ["-D", "-e", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      log += text;
      if (log.includes("Server listening")) resolve();
    });
    child.once("exit", () => reject(new Error(`sshd: ${log}`)));
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  onTestFinished(async () => {
    child.kill();
    await ended;
  });
  await listening;
  const count = (pattern: RegExp) => log.match(pattern)?.length ?? 0;
  return {
    port,
    hostKey,
    known: `[127.0.0.1]:${port} ${publicKey(hostKey)}`,
    logins: () => count(/^Accepted \S+ for /gm),
    authentications: () => count(/^debug1: userauth-request for user /gm),
    keyExchanges: () => count(/^debug1: SSH2_MSG_NEWKEYS received/gm),
    strictExchanges: () => count(/will use strict KEX ordering/g),
    connections: () => count(/^Connection from /gm),
  };
}

/** A server that takes connections and says nothing. */
export async function startSilentServer(): Promise<{ port: number }> {
  const server = createServer((socket) => socket.on("error", () => undefined));
  const port = await listen(server);
  onTestFinished(() => void server.close());
  return { port };
}

/** A port where connections wait for ever, as with a host that is off: its queue is full, and nobody takes from it. */
export async function startDeafServer(): Promise<{ port: number }> {
  const listen = 'const s = net.createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () =>';
  const program = `${listen} { console.log(s.address().port); process.kill(process.pid, "SIGSTOP"); })`;
  const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const port = Number(await new Promise((resolve) => child.stdout.once("data", resolve)));
  const connections = Array.from({ length: 8 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
  onTestFinished(() => {
    for (const connection of connections) connection.destroy();
  });
  await sleep(100);
  return { port };
}

/** A port on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not listening");
  return address.port;
}
