import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { failed } from "../failure.ts";
import { quote } from "../shell.ts";
import { type ConfigRoot, type ConfigSources, fileStamp, readConfigSources } from "./config-sources.ts";
import type { LocalMachine } from "./local-machine.ts";
import type { RunSsh, SshAnswer } from "./resolve.ts";
import { type KeptAnswers, readKept, writeKept } from "./resolve-store.ts";

/** A `RunSsh` that remembers answers between runs of mclu. */
export interface ResolutionCache {
  readonly run: RunSsh;
  /** Writes new answers down; never throws. Once, at the end. */
  save(): void;
}

/**
 * Remembers `ssh -G` answers in one file of mclu's cache directory: a process per node saved.
 * An answer holds while ssh itself, every configuration file that it reads or misses and the environment they mention are
 * as they were. What `Match exec` and its like may have shaped is never kept, nor is a refusal.
 * @param directory made 0700 when needed
 */
export function createResolutionCache(directory: string, local: LocalMachine, run: RunSsh): ResolutionCache {
  const file = join(directory, "ssh-resolution.json");
  const ssh = findSsh(local);
  const machine = JSON.stringify([ssh, local.user, local.uid, local.home, local.hostname]);
  const kept = once(() => readKept(file, machine, local.uid));
  const configs = new Map<string, Config>();
  const judged = new Set<string>();
  let changed = false;

  function configOf(configFile: string): Config {
    const known = configs.get(configFile) ?? openConfig(configFile, kept().get(configFile), local);
    configs.set(configFile, known);
    return known;
  }

  return {
    async run(args) {
      const configFile = optionOf(args, "-F") ?? "";
      if (ssh === undefined) return run(args);
      if (configFile !== "" && !isAbsolute(configFile)) {
        // once, and not for every host: it is read whole
        if (!judged.has(configFile)) refuseEndless(readConfigSources(rootsOf(resolve(configFile), local), local.home));
        judged.add(configFile);
        return run(args);
      }
      const config = configOf(configFile);
      const key = keyOf(args);
      const stdout = config.answers.get(key);
      if (stdout !== undefined) return { kind: "ended", code: 0, stdout, stderr: "" };
      const sources = config.sources();
      refuseEndless(sources);
      if (!sources.repeatable || isTooFresh(sources)) return run(args);
      const { answer, files } = await runNamingFiles(run, args);
      if (answer.kind === "ended" && answer.code === 0 && files.every((path) => sources.stamps.has(path))) {
        config.answers.set(key, answer.stdout);
        changed = true;
      }
      return answer;
    },
    save() {
      if (!changed) return;
      changed = false;
      const written = [...configs].filter(([, config]) => config.answers.size > 0);
      const others = [...kept()].filter(([configFile]) => !configs.has(configFile));
      writeKept(
        file,
        machine,
        new Map([...others, ...written.map(([name, config]) => [name, config.keep()] as const)]),
      );
    },
  };
}

/** That says nothing of any host. Throws NodeError. */
function refuseEndless({ endless }: ConfigSources): void {
  if (endless === undefined) return;
  const detail = `ssh would wait for the end of ${endless}, which is no file but must be one for its configuration`;
  throw failed("protocol", detail, `ls -l ${quote(endless)}`);
}

/** One set of configuration files and what ssh has said under them. */
interface Config {
  readonly answers: Map<string, string>;
  readonly sources: () => ConfigSources;
  keep(): KeptAnswers;
}

function openConfig(configFile: string, kept: KeptAnswers | undefined, local: LocalMachine): Config {
  const isCurrent =
    kept !== undefined &&
    Object.entries(kept.files).every(([path, stamp]) => fileStamp(path) === stamp) &&
    Object.entries(kept.variables).every(([name, value]) => digest(local.env[name]) === value);
  const answers = new Map(isCurrent ? Object.entries(kept.answers) : []);
  const sources = once(() => {
    const found = readConfigSources(rootsOf(configFile, local), local.home);
    // changed since `isCurrent`: what is kept from before would be written down with the stamps of now
    if (kept && [...found.stamps].some(([path, stamp]) => kept.files[path] !== stamp)) answers.clear();
    return found;
  });
  return {
    answers,
    sources,
    // `files` first: it may clear the answers
    keep: () => ({
      files: Object.fromEntries(sources().stamps),
      variables: Object.fromEntries([...sources().variables].map((name) => [name, digest(local.env[name])])),
      answers: Object.fromEntries(answers),
    }),
  };
}

function rootsOf(configFile: string, { home }: LocalMachine): ConfigRoot[] {
  const includeBase = join(home, ".ssh");
  if (configFile !== "") return [{ path: configFile, includeBase }];
  return [
    { path: join(home, ".ssh/config"), includeBase },
    { path: "/etc/ssh/ssh_config", includeBase: "/etc/ssh" },
  ];
}

/** A file changed this lately may change again within the same tick of its clock (as git has it with its index). */
function isTooFresh({ stamps }: ConfigSources): boolean {
  const tooFresh = Date.now() - 100;
  return [...stamps.values()].some((stamp) => {
    const [modified, changed] = stamp.split(" ").map(Number);
    return Math.max(modified ?? 0, changed ?? 0) > tooFresh;
  });
}

/** With -v ssh names every file it reads: one that the reader of sources did not foresee forbids keeping the answer. */
async function runNamingFiles(
  run: RunSsh,
  args: readonly string[],
): Promise<{ readonly answer: SshAnswer; readonly files: readonly string[] }> {
  const answer = await run(["-v", ...args]);
  if (answer.kind !== "ended") return { answer, files: [] };
  const lines = answer.stderr.split(/\r?\n/);
  const files = lines.flatMap((line) => /^debug1: Reading configuration data (.*)$/.exec(line)?.[1] ?? []);
  const stderr = lines.filter((line) => !/^(debug\d: |OpenSSH_)/.test(line)).join("\n");
  return { answer: { ...answer, stderr }, files };
}

/** The arguments; and whether the identity is there, since ssh leaves out one that is not. */
function keyOf(args: readonly string[]): string {
  const identity = optionOf(args, "-i");
  return JSON.stringify(identity === undefined ? args : [...args, fileStamp(identity) === "absent"]);
}

function optionOf(args: readonly string[], option: string): string | undefined {
  const end = args.indexOf("--");
  const at = args.indexOf(option);
  return at < 0 || at > end ? undefined : args[at + 1];
}

/** Path and stamp of the `ssh` that PATH finds. */
function findSsh({ env }: LocalMachine): string | undefined {
  for (const directory of (env["PATH"] ?? "").split(":")) {
    const path = join(directory, "ssh");
    if (!isAbsolute(path)) continue;
    try {
      const stats = statSync(path);
      if (stats.isFile()) return `${path} ${stats.mtimeMs} ${stats.size}`;
    } catch {
      // not there, or a directory this user may not look into (root's, after su): whoever starts ssh goes on as well
    }
  }
  return undefined;
}

function digest(value: string | undefined): string {
  return value === undefined ? "unset" : createHash("sha256").update(value).digest("base64");
}

function once<T>(find: () => T): () => T {
  let found: { readonly value: T } | undefined;
  return () => {
    found ??= { value: find() };
    return found.value;
  };
}
