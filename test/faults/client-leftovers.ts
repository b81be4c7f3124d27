import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";

/** In the environment of every run and so of all that it starts: by it they are found again. */
export const marker = "FAULT_CASE";

/** Expects that within a second no process of a run is left on this machine, ssh masters and proxies included. */
export async function expectNoProcessLeft(id: string): Promise<void> {
  const deadline = performance.now() + 1000;
  let left = processesOf(id);
  while (left.length > 0 && performance.now() < deadline) {
    await sleep(50);
    left = processesOf(id);
  }
  expect(left).toEqual([]);
}

function processesOf(id: string): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    if (!read(`/proc/${pid}/environ`).split("\0").includes(`${marker}=${id}`)) return [];
    return [read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim()];
  });
}

/** "" where the process has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/**
 * Expects a temporary directory to be empty, and a home directory to hold no socket, and no file that was being written.
 * What mclu keeps by intention (cache, journal, keys) is none of that.
 */
export function expectNoFileLeft(temporary: string, home: string): void {
  expect(readdirSync(temporary, { recursive: true })).toEqual([]);
  const paths = readdirSync(home, { recursive: true, encoding: "utf8" });
  expect(paths.filter((path) => isLeftOver(join(home, path)))).toEqual([]);
}

function isLeftOver(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isSocket() === true || /\.(?:tmp|part|\d+)$/.test(path);
}
