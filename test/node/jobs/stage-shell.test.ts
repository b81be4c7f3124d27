import { describe, expect, it } from "vitest";
import { runStages } from "../../support/run-stages.ts";

const publish = {
  name: "publish",
  script: 'echo disk >pool/part; mclu_publish "$PWD/pool/part" "$PWD/pool/web1.qcow2"; echo on >later',
};

describe("mclu_publish", () => {
  it.each([
    ["of today", 'echo "$*" >>synced; exec /usr/bin/sync "$@"'],
    ["that takes no file", 'echo "$*" >>synced; echo "sync: ignoring all arguments" >&2'],
    ["that takes no directory", 'echo "$*" >>synced; [ ! -d "$2" ]'],
  ])("writes the file and its directory out before anything follows, by a sync %s", (_what, sync) => {
    const { home, status, read } = runStages([publish], { programs: { sync } });
    expect([status, read("pool/web1.qcow2"), read("pool/part"), read("later")]).toEqual([0, "disk\n", null, "on\n"]);
    expect(read("synced")).toMatch(new RegExp(`\n-- ${home}/pool/web1\\.qcow2\n-- ${home}/pool\n$`));
  });

  it("ends the job where the file cannot be written out", () => {
    const sync = `case $2 in *.qcow2) echo "sync: error syncing '$2': Input/output error" >&2; exit 1 ;; esac`;
    const { home, status, read, job } = runStages([publish], { programs: { sync } });
    const why = `publish ${home}/pool/web1.qcow2 could not be written: Input/output error\n`;
    expect([status, job("reason"), read("later")]).toEqual([1, why, null]);
    // so that it is undone with the rest
    expect(job("manifest")).toMatch(new RegExp(`^made \\S+ \\S+ ${home}/pool/web1\\.qcow2$`, "m"));
  });
});
