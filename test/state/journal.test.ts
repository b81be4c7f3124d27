import { execFileSync } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, expect, it } from "vitest";
import { appendJournal, readJournal } from "../../src/state/journal.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const uid = getuid?.() ?? -1;
const entry = (time: number) => ({
  time,
  user: "root",
  command: "start",
  node: "ham0",
  guest: "web 1\n",
  uuid: "u",
  outcome: "done",
  seconds: 1.5,
});

describe("the journal", () => {
  it("waits for nobody where it is a pipe", () => {
    const directory = temporaryDirectory();
    const file = join(directory, "journal");
    execFileSync("mkfifo", [file]);
    expect(() => appendJournal(directory, [entry(1)])).toThrow(`${file} is not a file`);
  });

  it("keeps entries in order, in a file of the user's own", () => {
    const directory = join(temporaryDirectory(), "new");
    expect(readJournal(directory, uid)).toEqual([]);
    appendJournal(directory, [entry(1), entry(2)]);
    appendJournal(directory, []);
    appendJournal(directory, [entry(3)]);
    expect(readJournal(directory, uid)).toEqual([entry(1), entry(2), entry(3)]);
    expect(statSync(join(directory, "journal")).mode & 0o777).toBe(0o600);
  });

  it("begins anew when it is long, and keeps the one before", () => {
    const directory = temporaryDirectory();
    for (let time = 1; time <= 6; time++) appendJournal(directory, [entry(time)], 150);
    expect(existsSync(join(directory, "journal.1"))).toBe(true);
    const times = readJournal(directory, uid).map(({ time }) => time);
    expect(times.at(-1)).toBe(6);
    expect(times.length).toBeGreaterThan(1);
    expect(times.length).toBeLessThan(6);
  });

  it("leaves out a line that is cut or none of its own", () => {
    const directory = temporaryDirectory();
    appendJournal(directory, [entry(1)]);
    appendFileSync(join(directory, "journal"), '{"time":2}\nnull\n{"time":');
    expect(readJournal(directory, uid)).toEqual([entry(1)]);
  });

  it("keeps the entry behind a line that is cut", () => {
    const directory = temporaryDirectory();
    appendJournal(directory, [entry(1)]);
    appendFileSync(join(directory, "journal"), '{"time":');
    appendJournal(directory, [entry(2)]);
    expect(readJournal(directory, uid)).toEqual([entry(1), entry(2)]);
  });

  it("leaves out times that are none", () => {
    const directory = temporaryDirectory();
    appendJournal(directory, [entry(1)]);
    const endless = JSON.stringify(entry(2)).replace('"time":2', '"time":1e999');
    appendFileSync(join(directory, "journal"), `${endless}\n`);
    expect(readJournal(directory, uid)).toEqual([entry(1)]);
  });

  it("is not said to be empty where others may have written it", () => {
    const directory = temporaryDirectory();
    appendJournal(directory, [entry(1)]);
    expect(() => readJournal(directory, uid + 1)).toThrow("is another user's");
    chmodSync(join(directory, "journal"), 0o644);
    expect(() => readJournal(directory, uid)).toThrow("is open to others");
    const link = temporaryDirectory();
    symlinkSync(join(directory, "journal"), join(link, "journal"));
    expect(() => readJournal(link, uid)).toThrow("ELOOP");
  });
});
