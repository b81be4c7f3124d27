import { setMaxListeners } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { makeNonce, runScript } from "../../src/node/run-script.ts";
import type { Transport } from "../../src/node/transport.ts";
import { endedAfter, endedBy, within } from "../../src/node/until-aborted.ts";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

const never = () => new Promise<never>(() => undefined);
const late = () => new Error("late");

describe("within", () => {
  it("gives what the work comes to", async () => {
    await expect(within({ seconds: 5, late }, Promise.resolve("done"))).resolves.toBe("done");
    await expect(within({ seconds: 5, late }, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  });

  it("ends with its own error, and with the signal's reason", async () => {
    await expect(within({ seconds: 0.01, late }, never())).rejects.toThrow("late");
    const signal = AbortSignal.abort(new Error("stopped"));
    await expect(within({ seconds: 5, late, signal }, never())).rejects.toThrow("stopped");
  });

  it("keeps the deadlines of many scripts, whatever memory is tidied up meanwhile", { timeout: 120_000 }, async () => {
    const silent: Transport = { open: never, close: () => undefined };
    const { signal } = new AbortController();
    setMaxListeners(0, signal);
    const options = { become: "none", login: "", deadline: 0.5, signal } as const;
    const run = () => runScript(silent, "true", makeNonce(), options).catch((error: Error) => error.message);
    const tidying = setInterval(collectGarbage, 50);
    // V8 forgets what a function does not need any more only once it has compiled it for speed
    for (let round = 0; round < 5; round++) {
      const much = new Promise((resolve) => setTimeout(resolve, 20_000, "still waiting"));
      const outcomes = await Promise.all(Array.from({ length: 2000 }, () => Promise.race([run(), much])));
      expect(new Set(outcomes)).toEqual(new Set(["slow: no answer within 0.5 s"]));
    }
    clearInterval(tidying);
  });
});

describe("endedBy", () => {
  it("ends with the signal, also one that has ended, and by itself", () => {
    const outer = new AbortController();
    const [first, second] = [endedBy(outer.signal), endedBy(outer.signal)];
    first.abort("of its own");
    outer.abort("from outside");
    expect([first.signal.reason, second.signal.reason]).toEqual(["of its own", "from outside"]);
    expect(endedBy(outer.signal).signal.reason).toBe("from outside");
    expect(endedBy(undefined).signal.aborted).toBe(false);
  });
});

describe("endedAfter", () => {
  const untilEnded = (until: AbortSignal) =>
    new Promise<never>((_, reject) => until.addEventListener("abort", () => reject(new Error("ended"))));

  it("gives what the work comes to, and nothing where its time was over", async () => {
    await expect(endedAfter(5, undefined, async () => "done")).resolves.toBe("done");
    await expect(endedAfter(5, undefined, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    await expect(endedAfter(0.01, undefined, untilEnded)).resolves.toBeUndefined();
  });

  it("ends with the other signal, which is no time that is over", async () => {
    const outer = new AbortController();
    const ended = endedAfter(5, outer.signal, untilEnded);
    outer.abort();
    await expect(ended).rejects.toThrow("ended");
  });
});

it("is how all of the program waits: AbortSignal's own any and timeout may never fire", () => {
  const root = fileURLToPath(new URL("../../src", import.meta.url));
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  expect(files.length).toBeGreaterThan(100);
  const users = files.filter((file) => /\bAbortSignal\.(?:any|timeout)\(/.test(readFileSync(join(root, file), "utf8")));
  expect(users).toEqual([]);
});
