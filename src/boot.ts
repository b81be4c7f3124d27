#!/usr/bin/env node
import { readFileSync, writeSync } from "node:fs";
// Starts the program from compiled code that an earlier run left in the cache: half of what `status` costs this machine
// would otherwise be V8 compiling the same text again (docs/decisions/0006-code-cache.md). Everything here is optional:
// whatever is wrong with a cache file, the program is compiled from its text.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Script } from "node:vm";
import { type CodeCache, openCodeCache } from "./code-cache.ts";
import { kernelReader, scarcity, threadsFor } from "./threads.ts";
import { version } from "./version.ts";

/** Set by the bundler: a digest of the two files, because V8 itself compares no more than their lengths. */
declare const MCLU_BUILD: string;

const here = dirname(__filename);
const requireBuiltin = createRequire(__filename);
const command = /^[a-z-]+$/.exec(process.argv[2] ?? "")?.[0] ?? "";
const pending: (() => void)[] = [];
const readKernel = kernelReader();

function load(file: string, require: (id: string) => unknown): unknown {
  const path = join(here, file);
  const cache = openCodeCache(process, `${file}-${MCLU_BUILD}`, command);
  const { script, run } = compile(path, cache);
  const module = { exports: {} };
  run.call(module.exports, module.exports, require, module, path, here);
  // undefined where there was none
  const fresh = script.cachedDataRejected !== false;
  if (cache && (fresh || !cache.knows(command))) pending.push(() => cache.write(script.createCachedData(), fresh));
  return module.exports;
}

function compile(path: string, cache: CodeCache | undefined) {
  // it is ASCII, as build.mjs sees to, and reads in half the time so
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, "latin1")}\n})`;
  const script = new Script(source, { filename: path, ...(cache?.data && { cachedData: cache.data }) });
  return { script, run: script.runInThisContext() as (...parts: unknown[]) => void };
}

/** Whether nothing but the version was asked for, and it was printed: the program is twenty times what that takes. */
function printsVersion([first, ...more]: readonly string[]): boolean {
  if ((first !== "--version" && first !== "-V") || more.length > 0) return false;
  try {
    writeSync(1, `${version}\n`);
    return true;
  } catch {
    // a full disk, say: the program knows how to put that
    return false;
  }
}

/** Has names of nodes looked up as many at once, and for as long, as suits a cluster. Before anything uses a thread. */
function prepareLookUps(): void {
  // libuv asks for no more names at once than half its threads, which are four: behind two that a dead name server keeps
  // waiting every other node would run into its deadline. Nobody has used a thread yet, so this still counts (1 ms).
  process.env.UV_THREADPOOL_SIZE ??= String(threadsFor(readKernel));
  // A look-up that glibc has begun cannot be ended, and the end of the process waits for it: 10 s for one dead name server as
  // it comes. So 3 s, in which three questions are asked; an answer to the first is heard all that time.
  process.env.RES_OPTIONS ??= "timeout:1 attempts:3";
}

/** Before there is a thread, or anything else to run out of. Who closed stderr shall have the answer all the same. */
function warnOfScarcity(): void {
  const warning = scarcity(readKernel);
  if (warning === undefined) return;
  try {
    writeSync(2, `${warning}\n`);
  } catch {
    // nobody hears it
  }
}

function start(): void {
  warnOfScarcity();
  let ssh2: unknown;
  load("program.cjs", (id) => {
    if (id !== "ssh2") return requireBuiltin(id);
    ssh2 ??= load("ssh2.cjs", requireBuiltin);
    return ssh2;
  });
  process.on("exit", () => {
    for (const write of pending) write();
  });
}

if (!printsVersion(process.argv.slice(2))) {
  prepareLookUps();
  start();
}
