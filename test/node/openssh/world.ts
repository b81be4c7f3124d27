import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, vi } from "vitest";
import { nodeDefaults } from "../../../src/cluster/config-keys.ts";
import { connectNode } from "../../../src/node/connect.ts";
import { NodeError, type NodeSilence } from "../../../src/node/failure.ts";
import { Node } from "../../../src/node/node.ts";
import { makeNonce, runScript } from "../../../src/node/run-script.ts";
import type { NodeSettings } from "../../../src/node/settings.ts";
import { SshSession } from "../../../src/node/ssh/session.ts";

export interface World {
  readonly sshConfig: string;
  readonly knownHosts: string;
  /** A node by its name in the configuration. */
  node(name: string, settings?: Partial<NodeSettings>): Node;
}

/** A directory for one test, with a key `id` that logs in anywhere; temporary files of the test's connections land in it. */
export function makeHome(): { directory: string; key: string } {
  const directory = mkdtempSync(join(tmpdir(), "mclu-t-"));
  vi.stubEnv("TMPDIR", directory);
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(directory, { recursive: true, force: true });
  });
  const key = makeKey(directory, "id");
  copyFileSync(`${key}.pub`, join(directory, "authorized_keys"));
  return { directory, key };
}

/** Makes a key pair `NAME`, `NAME.pub`; gives its path. */
export function makeKey(directory: string, name: string, type = "ed25519"): string {
  const path = join(directory, name);
  execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", name, "-f", path]);
  return path;
}

/** Certifies `KEY.pub` into `KEY-cert.pub`; days begin and end as in UTC. */
export function certify(authority: string, key: string, ...options: string[]): void {
  const argv = ["-q", "-s", authority, "-I", "test", ...options, `${key}.pub`];
  execFileSync("ssh-keygen", argv, { stdio: "pipe", env: { ...process.env, TZ: "UTC0" } });
}

/** `TYPE BASE64` of `KEY.pub`. */
export function publicKey(key: string): string {
  return readFileSync(`${key}.pub`, "utf8").split(" ").slice(0, 2).join(" ");
}

/** An administrator's ~/.ssh: `hosts` are `Host` sections by name, before what holds for all of them. */
export function makeWorld(
  directory: string,
  hosts: Readonly<Record<string, readonly string[]>>,
  knownHosts: readonly string[],
  variables: Readonly<Record<string, string>> = {},
): World {
  const known = join(directory, "known_hosts");
  writeFileSync(known, knownHosts.map((line) => `${line}\n`).join(""));
  const sections = Object.entries(hosts).map(([name, lines]) => [`Host ${name}`, ...lines].join("\n  "));
  const common = [
    "Host *",
    "HostName 127.0.0.1",
    `User ${userInfo().username}`,
    ...["IdentitiesOnly yes", "IdentityAgent none", "GlobalKnownHostsFile /dev/null"],
    `UserKnownHostsFile ${known}`,
  ].join("\n  ");
  const sshConfig = join(directory, "ssh_config");
  writeFileSync(sshConfig, `${[...sections, common].join("\n")}\n`);
  const env = { PATH: process.env["PATH"], HOME: directory, MCLU_SSH_CONFIG: sshConfig, ...variables };
  const session = new SshSession({ env, cacheDirectory: join(directory, "cache") });
  onTestFinished(() => session.close());
  return {
    sshConfig,
    knownHosts: known,
    node(name, settings = {}) {
      const node = new Node({ ...plainSettings(name), ...settings }, (own, how) => connectNode(session, own, how));
      onTestFinished(() => node.close());
      return node;
    },
  };
}

export function plainSettings(name: string): NodeSettings {
  return { ...nodeDefaults, name, host: name, uri: "test:///default" };
}

/** What a script prints on a node. */
export async function ask(node: Node, body: string, signal?: AbortSignal): Promise<string> {
  const transport = await node.transport({ patient: true, signal });
  const { stdout } = await runScript(transport, body, makeNonce(), { become: "none", login: "", deadline: 10, signal });
  return stdout;
}

/** Why a question had no answer. */
export async function silenceOf(promise: Promise<unknown>): Promise<NodeSilence> {
  const error: unknown = await promise.then(
    () => new Error("there was an answer"),
    (error: unknown) => error,
  );
  if (error instanceof NodeError) return error.silence;
  throw error;
}

/** Clients that run for the test of this directory, by their arguments; servers have other names. */
export function clients(directory: string): string[] {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(directory) && /^(\/bin\/)?(ssh|sh) /.test(line));
}

/** No process and no file of a connection is there any more, within 2 s. */
export async function expectNothingLeft(directory: string): Promise<void> {
  const files = () => readdirSync(directory).filter((name) => name.startsWith("mclu-"));
  const left = () => [...clients(directory), ...files()];
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 2000, interval: 20 });
}
