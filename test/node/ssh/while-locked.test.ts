import { existsSync, lstatSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { whileLocked } from "../../../src/node/ssh/while-locked.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const done = async () => "done";
const old = new Date(Date.now() - 3_600_000);

describe("work under a lock", () => {
  it("is done by one after the other, and leaves no lock", async () => {
    const file = join(temporaryDirectory(), "new/lock");
    let under = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++under);
      await new Promise((resolve) => setTimeout(resolve, 5));
      under--;
    };
    await Promise.all(Array.from({ length: 20 }, () => whileLocked(file, work)));
    expect([most, existsSync(file)]).toEqual([1, false]);
  });

  it("is done soon where whoever made the lock was killed, by whatever clock", async () => {
    const file = join(temporaryDirectory(), "lock");
    for (const time of [old, new Date(Date.now() + 3_600_000)]) {
      writeFileSync(file, "");
      utimesSync(file, time, time);
      expect(await whileLocked(file, done)).toBe("done");
    }
  });

  it("is done in the end where the lock is a link that leads nowhere", async () => {
    const file = join(temporaryDirectory(), "lock");
    symlinkSync("/nonexistent/lock", file);
    expect(await whileLocked(file, done)).toBe("done");
    expect(existsSync(file)).toBe(false);
  });

  it("is done where there can be no lock, and what stands there stays", async () => {
    const file = join(temporaryDirectory(), "lock");
    mkdirSync(file);
    utimesSync(file, old, old);
    expect(await whileLocked(file, done)).toBe("done");
    expect(lstatSync(file).isDirectory()).toBe(true);
  });
});
