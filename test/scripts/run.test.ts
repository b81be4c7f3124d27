import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageList } from "../../scripts/debian.mjs";
import { run } from "../../scripts/run.mjs";
import { temporaryDirectory } from "../support/run-mclu.ts";

const collect = { output: "collect" } as const;

describe("run", () => {
  it("tells how a command ended", async () => {
    expect(await run(["sh", "-c", "echo out; echo err >&2; exit 3"], collect)).toEqual({ code: 3, stdout: "out\n" });
    expect((await run(["sh", "-c", "kill -KILL $$"], collect)).code).toBe(128);
    expect((await run(["no-such-program"], collect)).code).toBe(127);
  });

  it("gives a command nothing to read", async () => {
    expect(await run(["cat"], collect)).toEqual({ code: 0, stdout: "" });
  });

  it("ends a command and what it started when it is told to, and starts none afterwards", async () => {
    const interruption = new AbortController();
    const left = join(temporaryDirectory(), "left");
    const running = run(["sh", "-c", `(sleep 2; touch '${left}') & wait`], { ...collect, signal: interruption.signal });
    setTimeout(() => interruption.abort(), 200);
    expect((await running).code).toBe(128);
    await new Promise((resolve) => setTimeout(resolve, 2500));
    expect(existsSync(left)).toBe(false);
    expect((await run(["true"], { signal: interruption.signal })).code).toBe(128);
  });
});

describe("packageList", () => {
  it.each(["test/fleet/packages", "test/bench/packages"])("reads %s", (file) => {
    const names = packageList(file);
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toMatch(/^[a-z0-9][a-z0-9+.-]+$/);
    expect(new Set(names).size).toBe(names.length);
  });
});
