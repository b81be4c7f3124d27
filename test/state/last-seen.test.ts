import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, expect, it } from "vitest";
import { readLastSeen, writeLastSeen } from "../../src/state/last-seen.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const uid = getuid?.() ?? -1;
const web1 = { uuid: "u1", name: "web1", active: true };
const ham0 = { node: "ham0", at: 1, guests: [web1] };
const ham1 = { node: "ham1", at: 1, guests: [] };

describe("guests that were last seen", () => {
  it("are kept by cluster and node; a node that answers again replaces its own alone", async () => {
    const directory = join(temporaryDirectory(), "new");
    writeLastSeen(directory, "/a.conf", uid, [ham0, ham1]);
    writeLastSeen(directory, "/b.conf", uid, [ham1]);
    writeLastSeen(directory, "/a.conf", uid, [{ ...ham1, at: 2 }]);
    expect(readLastSeen(directory, "/a.conf", uid)).toEqual([ham0, { ...ham1, at: 2 }]);
    expect(readLastSeen(directory, "/b.conf", uid)).toEqual([ham1]);
    expect(readLastSeen(directory, "/c.conf", uid)).toEqual([]);
    expect(statSync(join(directory, "guests.json")).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it.each([
    "",
    "{",
    "[]",
    '{"version":2}',
    '{"version":1,"clusters":{"/a.conf":[{"node":"ham0","at":1,"guests":[{}]}]}}',
  ])("are none in a damaged file: %s", async (text) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "guests.json"), text, { mode: 0o600 });
    expect(readLastSeen(directory, "/a.conf", uid)).toEqual([]);
    writeLastSeen(directory, "/a.conf", uid, [ham0]);
    expect(readLastSeen(directory, "/a.conf", uid)).toEqual([ham0]);
  });

  it("are none in a file that others could have written, or a link", async () => {
    const directory = temporaryDirectory();
    writeLastSeen(directory, "/a.conf", uid, [ham0]);
    const file = join(directory, "guests.json");
    expect(readLastSeen(directory, "/a.conf", uid + 1)).toEqual([]);
    const other = temporaryDirectory();
    symlinkSync(file, join(other, "guests.json"));
    expect(readLastSeen(other, "/a.conf", uid)).toEqual([]);
    chmodSync(file, 0o666);
    expect(readLastSeen(directory, "/a.conf", uid)).toEqual([]);
  });

  it("stay as they were where nothing can be written", async () => {
    const directory = temporaryDirectory();
    const file = join(directory, "file");
    writeFileSync(file, "x");
    writeLastSeen(join(file, "below"), "/a.conf", uid, [ham0]);
    expect(readFileSync(file, "utf8")).toBe("x");
  });
});
