import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, expect, it } from "vitest";
import { readKnownJobs, updateKnownJobs } from "../../src/state/known-jobs.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const uid = getuid?.() ?? -1;
const job = { id: "20261121T134500-aaaaaaaa", live: true };

describe("jobs that were last listed", () => {
  it("are kept by cluster, the last fifty of them", () => {
    const directory = join(temporaryDirectory(), "new");
    const many = Array.from({ length: 60 }, (_, index) => ({ ...job, id: `${index}` }));
    updateKnownJobs(directory, "/a.conf", uid, () => many);
    updateKnownJobs(directory, "/b.conf", uid, () => [job]);
    expect(readKnownJobs(directory, "/a.conf", uid)).toEqual(many.slice(10));
    expect(readKnownJobs(directory, "/b.conf", uid)).toEqual([job]);
    expect(readKnownJobs(directory, "/c.conf", uid)).toEqual([]);
  });

  it.each([
    "",
    "{",
    "[]",
    '{"version":1,"clusters":{"/a.conf":["20261121T134500-aaaaaaaa"]}}',
    '{"version":2,"clusters":{"/a.conf":["20261121T134500-aaaaaaaa"]}}',
    '{"version":2,"clusters":{"/a.conf":[{"id":"20261121T134500-aaaaaaaa"}]}}',
  ])("are none in a damaged file: %s", (text) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "jobs.json"), text, { mode: 0o600 });
    expect(readKnownJobs(directory, "/a.conf", uid)).toEqual([]);
    updateKnownJobs(directory, "/a.conf", uid, () => [job]);
    expect(readKnownJobs(directory, "/a.conf", uid)).toEqual([job]);
  });
});
