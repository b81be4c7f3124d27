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

describe("mclu_commit", () => {
  const commit = (command: string, check: string) =>
    runStages([{ name: "define", script: `mclu_commit ${command}` }], { check });
  const states = ({ status, job }: ReturnType<typeof commit>) => [status, job("committing"), job("committed")];

  it.each([
    ["did what its check sees, although it was killed", "sh -c 'kill -KILL $$'", "exit 0", [0, "", ""]],
    ["failed, and its check does not see it", "false", "exit 1", [1, null, null]],
    ["failed, and nobody can check it", "false", "exit 3", [1, "", null]],
  ])("knows of a command that it %s", (_what, command, check, expected) => {
    expect(states(commit(command, check))).toEqual(expected);
  });

  it.each(["sh -c 'kill -KILL $$'", "timeout -s KILL 0.1 sleep 5", "timeout 0.1 sleep 5"])(
    "leaves open what became of `%s`, which may have its way yet",
    (command) => {
      // a libvirt that is frozen does not say either
      for (const check of ["exit 1", "exit 3"]) {
        const run = commit(command, check);
        const [status, since, committed] = states(run);
        expect([status, committed, run.job("finishing")]).toEqual([
          command.startsWith("timeout 0") ? 124 : 137,
          null,
          null,
        ]);
        expect(since).toMatch(/^\d+\n$/);
      }
    },
  );
});
