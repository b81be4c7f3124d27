import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { isAbsolute, join } from "node:path";
import { crc32 } from "node:zlib";
import { homeDirectory } from "./account.ts";
import { makeDirectory } from "./make-directory.ts";

/** Compiled code of one file of the program, as an earlier run left it. */
export interface CodeCache {
  /** For V8; undefined: there is none that can be trusted. */
  readonly data: Buffer | undefined;
  /** Whether the code was written after this command had run, so that its functions are among it. */
  knows(command: string): boolean;
  /** Leaves compiled code for the next run; never throws. `fresh`: nothing of the old cache is in it. */
  write(code: Buffer, fresh: boolean): void;
}

interface Header {
  readonly commands: readonly string[];
  readonly checksum: number;
}

const headerSize = 1024;
/** Bytes; the program compiled is a fiftieth of it. */
const largestFile = 64 * 1024 * 1024;

/**
 * Opens the cache of a file. A cache is used only if it is this user's own and its checksum holds: V8 runs what it is
 * given, and crashes on what was damaged. Undefined where there is no place for one.
 * @param name of the file and its build
 */
export function openCodeCache(process: NodeJS.Process, name: string, command: string): CodeCache | undefined {
  const directory = cacheDirectory(process);
  const uid = process.getuid?.();
  if (directory === undefined || uid === undefined) return undefined;
  const prefix = `code-${name.split("-")[0]}-`;
  const file = join(directory, `code-${name}-${process.version}-${process.arch}`);
  const kept = read(file, uid);
  const commands = kept?.header.commands ?? [];
  return {
    data: kept?.data,
    knows: (wanted) => commands.includes(wanted),
    write(code, fresh) {
      const temporary = `${file}.${process.pid}`;
      try {
        makeDirectory(directory, 0o700);
        // what other builds and other Nodes left is of no use to anybody
        for (const old of readdirSync(directory))
          if (old.startsWith(prefix)) rmSync(join(directory, old), { force: true });
        const header: Header = { commands: [...(fresh ? [] : commands), command], checksum: crc32(code) };
        const head = Buffer.alloc(headerSize, " ");
        head.write(JSON.stringify(header));
        writeFileSync(temporary, Buffer.concat([head, code]), { mode: 0o600, flag: "wx" });
        renameSync(temporary, file);
      } catch {
        // a full or read-only disk: the next run compiles again, and half a file would keep the disk full
        removeQuietly(temporary);
      }
    },
  };
}

function removeQuietly(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // whatever kept it from being written keeps it from being removed
  }
}

function read(file: string, uid: number): { readonly header: Header; readonly data: Buffer } | undefined {
  try {
    // no link to elsewhere, and no waiting for whoever writes to a pipe
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(descriptor);
      const isOwn = stats.isFile() && stats.uid === uid && (stats.mode & 0o022) === 0;
      if (!isOwn || stats.size > largestFile) return undefined;
      const all = readFileSync(descriptor);
      const header: Header = JSON.parse(all.toString("utf8", 0, headerSize));
      // a copy, because V8 wants its data aligned
      const data = Buffer.from(all.subarray(headerSize));
      return crc32(data) === header.checksum && Array.isArray(header.commands) ? { header, data } : undefined;
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return undefined;
  }
}

/** As everywhere in mclu, `$XDG_CACHE_HOME/mclu`; `MCLU_CODE_CACHE=0` turns the cache off. */
function cacheDirectory({ env }: NodeJS.Process): string | undefined {
  if (env.MCLU_CODE_CACHE === "0") return undefined;
  const { XDG_CACHE_HOME: xdg } = env;
  if (xdg && isAbsolute(xdg)) return join(xdg, "mclu");
  const home = homeDirectory(env);
  return isAbsolute(home) ? join(home, ".cache", "mclu") : undefined;
}
