import { describe, expect, it } from "vitest";
import { definedCheck, lastStages } from "../../src/operations/guest-stages.ts";
import { runStages } from "../support/run-stages.ts";

const job = {
  id: "20261122T010000-bbbbbbbb",
  name: "web1",
  uuid: "00000000-0000-4000-8000-000000000001",
  uri: "qemu:///system",
  pool: { name: "default", directory: "/pool" },
  start: false,
  home: "/root",
  isRoot: true,
  client: "me@here",
  reservation: "77656231",
};

const sleeps = /^exec sleep/;

/** Runs what defines a guest, where virsh does this for `define` and says that of the guests that there are. */
function define(defines: string, list: string) {
  const stages = lastStages(job, []).filter(({ name }) => name === "define");
  const programs = {
    virsh: `case " $* " in *" define "*) ${defines} ;; *" list "*) ${list} ;; *) echo "$*" >>after ;; esac`,
    // what would sleep is ended sooner
    timeout: `[ "$1 $2 $3" != "-s KILL 60" ] || { shift 3; set -- -s KILL ${sleeps.test(defines) ? 1 : 60} "$@"; }
exec /usr/bin/timeout "$@"`,
  };
  const { status, read, job: file } = runStages(stages, { programs, check: definedCheck(job) });
  return { status, reason: file("reason"), inDoubt: file("committing") !== null && file("committed") === null, read };
}

describe("the definition of a guest", () => {
  it("waits no longer than it says; only libvirt's list can tell then that it is there, and not that it will not be", () => {
    const said = 'define libvirt did not answer "virsh define" within 60 s\n';
    const frozen = define("exec sleep 20", "exit 1");
    expect(frozen).toMatchObject({ status: 1, reason: said, inDoubt: true });
    const none = define("exec sleep 20", "echo");
    expect(none).toMatchObject({ status: 1, reason: said, inDoubt: true });
    expect([frozen.read("after"), none.read("after")]).toEqual([null, null]);
    const there = define("exec sleep 20", `echo ${job.uuid}`);
    expect(there).toMatchObject({ status: 0, reason: null, inDoubt: false });
    expect(there.read("after")).toBe("-q -c qemu:///system pool-refresh default\n");
  });

  it("fails as virsh does that libvirt answers", () => {
    expect(define("exit 3", "echo")).toMatchObject({ status: 3, reason: null, inDoubt: false });
  });

  it("is not disturbed by a signal to anything that takes part", () => {
    // timeout(1) ends at a signal that it hears before it knows its child
    const told = define(
      'sleep 1; for one in TERM INT HUP; do kill -$one $$ $PPID; done; sleep 0.3; echo "$*" >defined',
      "echo",
    );
    expect(told).toMatchObject({ status: 0, reason: null, inDoubt: false });
    expect(told.read("defined")).toMatch(/^-q -c qemu:\/\/\/system define --validate \S+\/files\/domain\.xml\n$/);
  });
});
