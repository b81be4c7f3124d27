import { setMaxListeners } from "node:events";
import { join } from "node:path";
import type { AnyAuthMethod, Client } from "ssh2";
import { type AuthRefusal, explainRefusal, type RefusalFacts } from "./auth-refusal.ts";
import { endClient } from "./client.ts";
import { verify } from "./host-key.ts";
import { refusedKey, type UnknownHostKey } from "./host-key-policy.ts";
import { createKeyRing, type KeyRing } from "./key-ring.ts";
import { KeyUnlocker, type Passphrases } from "./key-unlocker.ts";
import { type KnownHostsFile, parseKnownHosts } from "./known-hosts.ts";
import { appendKnownHosts, formatKnownHostsLine, readKnownHosts } from "./known-hosts-file.ts";
import { type LocalMachine, thisMachine } from "./local-machine.ts";
import { remembered } from "./remembered.ts";
import { resolveSsh, type SshRequest } from "./resolve.ts";
import { createResolutionCache, type ResolutionCache } from "./resolve-cache.ts";
import { runSsh } from "./run-ssh.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { whileLocked } from "./while-locked.ts";

export interface SshSessionOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** mclu's cache directory. */
  readonly cacheDirectory: string;
  readonly passphrases?: Passphrases | undefined;
}

type Asked = Pick<SshRequest, "user" | "port" | "identity">;

/** What the connections of one run share: resolved settings, known_hosts, keys, jump hosts. Each is read once. */
export class SshSession {
  readonly keys: KeyRing;
  readonly #local: LocalMachine;
  readonly #resolution: ResolutionCache;
  readonly #settings = new Map<string, Promise<SshSettings>>();
  readonly #knownHosts = new Map<string, Promise<KnownHostsFile[]>>();
  readonly #jumps = new Map<string, Promise<Client>>();
  readonly #unlocker: KeyUnlocker;
  readonly #warnings = new Set<string>();
  readonly #ending = new AbortController();
  readonly #knownHostsLock: string;
  #accepted = "";

  constructor({ env, cacheDirectory, passphrases }: SshSessionOptions) {
    this.#local = thisMachine(env);
    this.#knownHostsLock = join(cacheDirectory, "known_hosts.lock");
    this.keys = createKeyRing(this.#local.uid);
    this.#unlocker = new KeyUnlocker(this.keys, passphrases);
    // one `ssh -G` for each node listens to it: more than ten are no leak, of which Node would warn on stderr
    setMaxListeners(0, this.#ending.signal);
    this.#resolution = createResolutionCache(cacheDirectory, this.#local, runSsh(env, this.#ending.signal));
  }

  /** The environment of programs that are run for a connection. */
  get env(): LocalMachine["env"] {
    return this.#local.env;
  }

  /** What `ssh` would use for a host. Rejects with NodeError where ssh refuses its configuration. */
  resolve(host: string, asked: Asked): Promise<SshSettings> {
    const { user, port, identity } = asked;
    const request = {
      user,
      port,
      identity,
      local: this.#local,
      configFile: this.#local.env.MCLU_SSH_CONFIG || undefined,
    };
    return remembered(this.#settings, JSON.stringify([host, user, port, identity]), async () => {
      const settings = await resolveSsh(host, request, this.#resolution.run);
      if (settings.warning !== undefined) this.#warnings.add(settings.warning);
      return settings;
    });
  }

  /** What the user should know of the settings so far, each once. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** What the files say, and what was accepted since. */
  async knownHosts(paths: readonly string[]): Promise<KnownHostsFile[]> {
    const files = await remembered(this.#knownHosts, paths.join("\0"), () => readKnownHosts(paths));
    return [...files, this.accepted];
  }

  /** What was accepted in this run, whether written down or not. */
  get accepted(): KnownHostsFile {
    return parseKnownHosts(this.#accepted, "accepted in this run");
  }

  /** Trusts a host key for the rest of the run. */
  accept({ target, key }: UnknownHostKey): void {
    this.#accepted += `${formatKnownHostsLine(target, key, false)}\n`;
  }

  /**
   * Trusts a host key from now on: adds it to the user's known_hosts, never replaces one. Rejects with the file system's
   * error, and with NodeError where the file has another key by now, which then holds.
   */
  readonly remember = (hostKey: UnknownHostKey): Promise<void> =>
    // between the look and the line nobody else shall write the same
    whileLocked(this.#knownHostsLock, () => this.#remember(hostKey));

  async #remember(hostKey: UnknownHostKey): Promise<void> {
    const { file, target, key, hash } = hostKey;
    // somebody else may have answered while the question was open
    const verdict = verify(await readKnownHosts([file]), { ...target, address: undefined }, key);
    if (verdict.kind === "changed" || verdict.kind === "revoked") throw refusedKey(verdict, hostKey);
    this.accept(hostKey);
    if (verdict.kind === "unknown") await appendKnownHosts(file, [formatKnownHostsLine(target, key, hash)]);
  }

  /** Asks for the passphrase of a key, where nothing but encrypted keys could be offered. */
  unlockKeys(settings: SshSettings, explicit: string | undefined): Promise<void> {
    return this.#unlocker.unlock(settings, explicit);
  }

  /** A jump host's connection, opened once for all nodes behind it; a lost one is opened again. */
  jump(key: string, open: () => Promise<Client>): Promise<Client> {
    return remembered(this.#jumps, key, async () => {
      const client = await open();
      client.once("close", () => this.#jumps.delete(key));
      return client;
    });
  }

  async authMethods(settings: SshSettings, explicit: string | undefined): Promise<AnyAuthMethod[]> {
    const { offered } = await this.keys.find(settings, explicit);
    return this.keys.authMethods(settings, offered);
  }

  /** Why a host has let nobody in. */
  async explainRefusal(
    settings: SshSettings,
    explicit: string | undefined,
    facts: RefusalFacts = {},
  ): Promise<AuthRefusal> {
    const identities = await this.keys.find(settings, explicit);
    return explainRefusal(settings, identities, (identity) => !this.keys.isUnlocked(identity), facts);
  }

  /** Ends what is still being asked of ssh; the connections stay until `close`. */
  stop(): void {
    this.#ending.abort();
  }

  async close(): Promise<void> {
    this.stop();
    const clients = await Promise.allSettled(this.#jumps.values());
    await Promise.all(clients.map((client) => client.status === "fulfilled" && endClient(client.value)));
    this.#resolution.save();
  }
}
