import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Conversation } from "../../src/cluster/conversation.ts";
import { Node } from "../../src/node/node.ts";
import type { NodeSettings } from "../../src/node/settings.ts";
import { connectSsh } from "../../src/node/ssh/connect.ts";
import { SshSession } from "../../src/node/ssh/session.ts";
import { type KeyPair, makeKey } from "./fake-sshd.ts";
import { temporaryDirectory } from "./run-mclu.ts";

export interface SshHost {
  readonly port: number;
  /** More lines of its `Host` section, such as `ProxyJump ham0`. */
  readonly config?: readonly string[];
  /** Its line in known_hosts, without the name; absent: it is unknown. */
  readonly known?: string;
}

export interface SshWorldOptions {
  /** Default: made without a passphrase. */
  readonly key?: KeyPair;
  readonly strictHostKeyChecking?: string;
}

/** An administrator's ~/.ssh in a directory that goes away with the test, and a session that reads it. */
export interface SshWorld {
  readonly knownHosts: string;
  readonly identity: string;
  /** What a run of mclu needs to see this world. */
  readonly env: Readonly<Record<string, string>>;
  /** Text of a mclu.conf with these hosts as nodes. */
  readonly config: string;
  session(conversation?: Conversation): SshSession;
  node(name: string, session?: SshSession, settings?: Partial<NodeSettings>): Node;
}

/** @param hosts on 127.0.0.1, by the name that `ssh NAME` would have; real `ssh -G` reads the configuration */
export function sshWorld(
  hosts: Readonly<Record<string, SshHost>>,
  { key = adminKey, strictHostKeyChecking = "ask" }: SshWorldOptions = {},
): SshWorld {
  const home = temporaryDirectory();
  const directory = join(home, ".ssh");
  mkdirSync(directory, { mode: 0o700 });
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o600 });
    return join(directory, name);
  };
  const names = Object.keys(hosts);
  const identity = file("id_ed25519", key.private);
  file("id_ed25519.pub", `${key.public}\n`);
  const known = Object.values(hosts).flatMap((host) =>
    host.known === undefined ? [] : [`[127.0.0.1]:${host.port} ${host.known}\n`],
  );
  const knownHosts = file("known_hosts", known.join(""));
  const sections = Object.entries(hosts).map(([name, host]) =>
    [`Host ${name}`, "HostName 127.0.0.1", `Port ${host.port}`, ...(host.config ?? [])].join("\n  "),
  );
  const common = [
    "Host *",
    "User admin",
    `IdentityFile ${identity}`,
    "IdentitiesOnly yes",
    "IdentityAgent none",
    `UserKnownHostsFile ${knownHosts}`,
    "GlobalKnownHostsFile /dev/null",
    `StrictHostKeyChecking ${strictHostKeyChecking}`,
  ].join("\n  ");
  const sshConfig = file("config", `${[...sections, common].join("\n")}\n`);
  const env = { HOME: home, PATH: process.env["PATH"] ?? "", MCLU_SSH_CONFIG: sshConfig };
  const makeSession = (conversation?: Conversation) => {
    const passphrases = conversation?.passphrase;
    const session = new SshSession({ env, cacheDirectory: join(home, ".cache"), passphrases });
    onTestFinished(() => session.close());
    return session;
  };
  return {
    knownHosts,
    identity,
    env,
    config: `[nodes]\n${names.map((name) => `${name} =\n`).join("")}`,
    session: makeSession,
    node(name, session = makeSession(), settings = {}) {
      const node = new Node({ ...nodeSettings(name), ...settings }, (wanted, how) => connectSsh(session, wanted, how));
      onTestFinished(() => node.close());
      return node;
    },
  };
}

/** The administrator's key, where a test needs no other. */
export const adminKey = makeKey();

export function nodeSettings(name: string): NodeSettings {
  return { ...nodeDefaults, name, host: name };
}
