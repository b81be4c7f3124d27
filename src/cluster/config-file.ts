import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { exitCodes, UserError } from "../errors.ts";
import { isOutOfFiles, moreFiles } from "../node/ssh/out-of-files.ts";
import type { Problems } from "../origin.ts";
import { readBytes, UnreadableFile } from "../read-bytes.ts";
import type { Layer } from "./config-layer.ts";
import { readPath } from "./config-values.ts";

export interface ConfigText {
  /** As the user named it, for messages. */
  readonly file: string;
  /** Absolute: what the file's paths are relative to. */
  readonly directory: string;
  readonly text: string;
}

export interface Where {
  /** From `-f`. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly home: string;
  /** The system's configuration directory: /etc, except where a test has its own. */
  readonly etc: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * mclu.conf from `-f`, else `$MCLU_CONFIG`, else `$XDG_CONFIG_HOME/mclu/mclu.conf`, else /etc/mclu/mclu.conf; null when
 * none of them exists. Throws UserError (exit 2) when one that was named does not exist, or one that exists cannot be read.
 */
export async function readConfigFile({ file, env, cwd, home, etc, signal }: Where): Promise<ConfigText | null> {
  const named = namedFile(file, env);
  if (named !== undefined) {
    const found = await readText(named, readPath(named, { directory: cwd, home }), signal);
    if (found) return found;
    throw new UserError(`${named}: no such file`, {
      hint: file === undefined ? "the environment variable MCLU_CONFIG names it" : "it was named with -f/--config",
      exitCode: exitCodes.usage,
    });
  }
  for (const path of usualPlaces({ env, home, etc })) {
    const found = await readText(path, path, signal);
    if (found) return found;
  }
  return null;
}

/** Where a new configuration goes so that it is the one that is read. Throws UserError (exit 2) where `-f` is empty. */
export function placeForConfig({ file, env, cwd, home, etc }: Omit<Where, "signal">): {
  readonly path: string;
  /** Read until now, and not any more once there is a file at `path`; it need not exist. */
  readonly hidden: string | null;
} {
  const named = namedFile(file, env);
  if (named !== undefined) return { path: readPath(named, { directory: cwd, home }), hidden: null };
  const [path, hidden] = usualPlaces({ env, home, etc });
  return { path, hidden };
}

function namedFile(file: string | undefined, env: Where["env"]): string | undefined {
  const named = file ?? (env["MCLU_CONFIG"] || undefined);
  if (named === "")
    throw new UserError("-f/--config names no file: what stands behind it is empty", { exitCode: exitCodes.usage });
  return named;
}

function usualPlaces({ env, home, etc }: Pick<Where, "env" | "home" | "etc">): readonly [string, string] {
  // the XDG specification: a relative path in these variables is to be ignored
  const xdg = env["XDG_CONFIG_HOME"];
  const personal = xdg && isAbsolute(xdg) ? xdg : join(home, ".config");
  return [join(personal, "mclu", "mclu.conf"), join(etc, "mclu", "mclu.conf")];
}

/** Reports the files that settings name and that cannot be read. */
export async function checkKeyFiles(layers: readonly Layer[], problems: Problems): Promise<void> {
  for (const { settings, origins } of layers) {
    const { identity, sshKey } = settings;
    const identityFrom = origins.get("identity");
    // the private half may live in the agent alone: as with ssh, the public half then says which key it is
    if (
      identity !== undefined &&
      identityFrom &&
      !(await isReadable(identity)) &&
      !(await isReadable(`${identity}.pub`))
    )
      problems.add(identityFrom, `identity: cannot read the private key ${identity}`);
    const sshKeyFrom = origins.get("ssh-key");
    if (sshKey !== undefined && sshKeyFrom && !(await isReadable(sshKey)))
      problems.add(sshKeyFrom, `ssh-key: cannot read the public key ${sshKey}`);
  }
}

async function readText(file: string, path: string, signal: AbortSignal | undefined): Promise<ConfigText | null> {
  try {
    const bytes = await readBytes(path, { signal });
    return {
      file,
      directory: dirname(resolve(path)),
      text: new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes),
    };
  } catch (error) {
    signal?.throwIfAborted();
    const { code = "unknown" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    const reason = new Map([
      ["EACCES", "permission denied"],
      ["EISDIR", "it is a directory, not a file"],
      ["EMFILE", "EMFILE: this machine may open no more files"],
      ["ENFILE", "ENFILE: this machine may open no more files"],
    ]).get(code);
    throw new UserError(
      `${file}: cannot read it: ${error instanceof UnreadableFile ? error.message : (reason ?? code)}`,
      {
        // another file could be opened no better
        hint: isOutOfFiles(code) ? moreFiles : "name another configuration with -f FILE or MCLU_CONFIG",
        exitCode: exitCodes.usage,
        cause: error,
      },
    );
  }
}

async function isReadable(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
