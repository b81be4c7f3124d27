import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { homeDirectory } from "../../account.ts";
import type { LoadOptions } from "../../cluster/config.ts";
import { placeForConfig } from "../../cluster/config-file.ts";
import type { Conversation } from "../../cluster/conversation.ts";
import { openCluster } from "../../cluster/open.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { converse } from "../conversation.ts";
import { confirmHostKeys } from "../host-key-question.ts";
import { ownCommand } from "../own-command.ts";
import type { Prompter } from "../prompter.ts";
import { askHosts } from "./ask-hosts.ts";
import { configText, type NewNode } from "./config-text.ts";
import { type AnsweredPrompter, endingWithInput } from "./ending-with-input.ts";
import { type InitHost, parseHosts } from "./hosts.ts";
import { type OfferedHosts, offeredHosts } from "./ssh-hosts.ts";
import { type TriedHost, tryHosts } from "./try-hosts.ts";
import { proveText, refuseExisting, writeConfig } from "./write-config.ts";

export interface InitOptions extends LoadOptions {
  /** `[NAME=][USER@]HOST[:PORT]`; none: the user is asked. */
  readonly hosts: readonly string[];
  /** What becomes of hosts that are off or failed; absent: the user is asked about each. */
  readonly silent?: "keep" | "leave-out" | undefined;
  /** Keep a file that is there as a backup, and write a new one. */
  readonly force?: boolean | undefined;
  /** Absent: nobody can be asked, and what would be asked is refused. */
  readonly prompter?: Prompter | undefined;
  /** Told what is tried, and what each host came to. */
  readonly onTry?: ((hosts: readonly string[]) => void) | undefined;
  readonly onHost?: ((host: TriedHost) => void) | undefined;
}

export interface InitReport {
  /** The new configuration, an absolute path. */
  readonly file: string;
  /** What the file was called that was there before; null: none was. */
  readonly backup: string | null;
  /** A configuration that was read until now, and is not any more; null: there is none. */
  readonly hidden: string | null;
  /** How mclu is called so that it reads this file, for a shell. */
  readonly command: string;
  /** Every host that was tried; `written` where it is a node now. */
  readonly hosts: readonly (TriedHost & { readonly written: boolean })[];
  /** What the user should know of how hosts were reached: one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Makes an mclu.conf of hosts that are tried first. Nothing is written before everything is asked, save host keys that the
 * user confirms, which known_hosts has from then on. Throws UserError, exit 2 for hosts that cannot be nodes, 6 where a
 * configuration is there already or the answer was no, 5 where no host is left.
 */
export async function init(given: InitOptions): Promise<InitReport> {
  const options = { ...given, prompter: given.prompter && endingWithInput(given.prompter, given.signal) };
  const { env, cwd, etc = "/etc", force = false, prompter, signal } = options;
  const { path, hidden } = placeForConfig({ ...options, home: homeDirectory(env), etc });
  if (!force) await refuseExisting(path);
  const chosen = await chooseHosts(options, offeredHosts(env, cwd));
  const { tried, warnings } = await tryThem(path, chosen, options);
  const silent = tried.filter(({ state }) => state !== "on");
  const kept = await keptOf(silent, options);
  const hosts = tried.map((host) => ({ ...host, written: host.state === "on" || kept.includes(host) }));
  const nodes = chosen.flatMap((host, index) => {
    const found = hosts[index];
    return found?.written ? [newNode(host, found)] : [];
  });
  if (nodes.length === 0)
    throw new UserError("no host is left: nothing was written", {
      hint: prompter ? "mclu init HOST..." : "mclu init --failed keep HOST...",
      exitCode: exitCodes.unreachable,
    });
  const text = configText(nodes);
  await proveText(path, text, nodes);
  signal?.throwIfAborted();
  const backup = await writeConfig(path, text, force);
  const isHidden = backup === null && hidden !== null && existsSync(hidden);
  return { file: path, backup, hidden: isHidden ? hidden : null, command: ownCommand(options), hosts, warnings };
}

/** What was asked for, and somebody who answers. */
type Answered = InitOptions & { readonly prompter?: AnsweredPrompter | undefined };

async function chooseHosts({ hosts, prompter, signal }: Answered, offered: OfferedHosts): Promise<readonly InitHost[]> {
  if (hosts.length > 0) return parseHosts(hosts);
  if (prompter) return askHosts(prompter, offered, signal);
  const known = offered.hosts.length === 0 ? "" : ` (${offered.file} has ${offered.hosts.join(" ")})`;
  throw new UserError("no host is named, and nobody can be asked", {
    hint: `mclu init HOST...${known}`,
    exitCode: exitCodes.usage,
  });
}

/** Tries hosts as nodes of the configuration that they are to be in. */
async function tryThem(file: string, hosts: readonly InitHost[], options: InitOptions) {
  const { prompter, signal, onTry, onHost } = options;
  const text = configText(hosts.map((host) => ({ ...host, become: "none", mac: null })));
  const given = { file, directory: dirname(file), text };
  const conversation = prompter && keyByKey(prompter, signal);
  const cluster = await openCluster({ ...options, given, conversation });
  try {
    onTry?.(hosts.map(({ name }) => name));
    const tried = await tryHosts(cluster, { signal, onHost });
    signal?.throwIfAborted();
    return { tried, warnings: cluster.warnings };
  } finally {
    await cluster.close();
  }
}

/** Asks about each host key by itself: here every one of them is met for the first time. */
function keyByKey(prompter: Prompter, signal: AbortSignal | undefined): Conversation {
  return {
    ...converse(prompter),
    async confirmHostKeys(keys) {
      const confirmed = [];
      for (const key of keys) {
        confirmed.push(...(await confirmHostKeys(prompter, [key])));
        signal?.throwIfAborted();
      }
      return confirmed;
    },
  };
}

/** The hosts that become nodes although they are off or failed. */
async function keptOf(
  silent: readonly TriedHost[],
  { silent: decided, prompter, signal }: Answered,
): Promise<readonly TriedHost[]> {
  if (decided !== undefined) return decided === "keep" ? silent : [];
  if (silent.length === 0) return [];
  if (!prompter)
    throw new UserError(`nothing was written: ${silent.map(({ node }) => node).join(", ")} cannot be used yet`, {
      hint: "mclu init --failed keep, or leave-out, says what becomes of such hosts",
      exitCode: exitCodes.unreachable,
    });
  const kept: TriedHost[] = [];
  for (const host of silent) {
    if (await prompter.confirm(`${host.node} ${host.state === "off" ? "is off" : "failed"}: a node all the same?`))
      kept.push(host);
    signal?.throwIfAborted();
  }
  return kept;
}

function newNode(host: InitHost, tried: TriedHost): NewNode {
  if (tried.state !== "on") return { ...host, become: "none", mac: null, state: tried.state };
  return { ...host, become: tried.become, mac: tried.mac, state: tried.state };
}
