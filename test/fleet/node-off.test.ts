import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";

describe("switching real nodes off", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.176.0", nodes: 4, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());

  const isOn = async (name: string) => (await fleet.node(name).run("true")).code === 0;
  /** Has a node's own programs come first in PATH. */
  const withProgram = async (name: string, program: string, text: string) => {
    const path = `/run/fleet/${program}`;
    await fleet
      .node(name)
      .enter(
        `cat >${path} <<'X'\n#!/bin/sh\n${text}\nX\nchmod +x ${path}; mount --bind ${path} $(command -v ${program})`,
      );
  };

  it("refuses while guests run, paused ones too, and names them", async () => {
    const guests = await fleet.define("ham0", ["web 1", "db"], { template: "none", start: true });
    await fleet.node("ham0").enter(`${virsh} suspend ${guests[1]?.uuid}`);
    const run = await user.mclu(["off", "-y", "ham0"]);
    expect([run.code, run.stdout]).toEqual([6, "ham0: not switched off\n"]);
    expect(run.stderr).toMatch(
      /2 guests run there: (web 1, db|db, web 1)\n {2}try: mclu off --drain ham0, or: mclu off --stop-guests ham0\n/,
    );
    const paused = await user.mclu(["off", "--stop-guests", "--dry-run", "ham0"]);
    expect([paused.code, paused.stdout]).toEqual([6, expect.stringContaining("ham0/db: it is paused")]);
    expect(await isOn("ham0")).toBe(true);
    for (const { uuid } of guests) await fleet.node("ham0").enter(`${virsh} destroy ${uuid}`);
  });

  it("asks first, and takes no for an answer", async () => {
    const pty = { columns: 80, rows: 24, answers: [{ question: /switch off 1 node\? /, answer: "n" }] };
    const run = await user.mclu(["off", "ham0"], { pty });
    expect([run.code, run.stdout]).toEqual([6, expect.stringContaining("the answer was not yes")]);
    expect(await user.mclu(["off", "ham0"])).toMatchObject({ code: 6, stdout: "" });
    expect(await isOn("ham0")).toBe(true);
  });

  it("looks for guests on the node itself at the last moment", async () => {
    const [guest] = await fleet.define("ham0", ["late"], { template: "none" });
    const start = `${virsh} start ${guest?.uuid} >/dev/null`;
    // virsh as the node has it, but that a guest starts just before the last question
    await fleet.node("ham0").enter("cp /usr/bin/virsh /run/fleet/virsh.real");
    const real = start.replace("virsh", "/run/fleet/virsh.real");
    await withProgram(
      "ham0",
      "virsh",
      `case "$*" in *'-r list --name') ${real} ;; esac\nexec /run/fleet/virsh.real "$@"`,
    );
    const run = await user.mclu(["off", "-y", "ham0"]);
    await fleet.node("ham0").enter("umount /usr/bin/virsh");
    expect([run.code, run.stdout]).toEqual([6, "ham0: not switched off\n"]);
    expect(run.stderr).toContain("a guest runs there: late, by now");
    expect(await isOn("ham0")).toBe(true);
    await fleet.node("ham0").enter(`${virsh} destroy ${guest?.uuid}`);
  });

  it("stops guests gracefully, switches two nodes off at once, under sudo too, and waits until they are", async () => {
    const [guest] = await fleet.define("ham0", ["tiny"], { start: true });
    await user.mclu(["wait", "ham0/tiny", "--for", "ip"]);
    const run = await user.mclu(["off", "--stop-guests", "--yes-all=2", "ham0", "ham1"], { limit: 200_000 });
    expect([run.code, run.stdout]).toEqual([0, "ham0/tiny: stopped\nham0: switched off\nham1: switched off\n"]);
    expect(await user.mclu(["status", "ham0", "ham1"])).toMatchObject({
      code: 5,
      stdout: expect.stringMatching(/ham0 +off\nham1 +off\n/),
    });
    await fleet.on("ham0");
    expect((await fleet.node("ham0").enter(`${virsh} domstate ${guest?.uuid}`)).trim()).toBe("shut off");
    const { stdout } = await user.mclu(["history", "-o", "csv", "--no-header", "--columns", "command,node,outcome"]);
    expect(stdout.split("\n").slice(-4, -1).sort()).toEqual(["off,ham0,done", "off,ham1,done", "stop,ham0,done"]);
  });

  it("says that a node never answered, and does not call that success", async () => {
    await fleet.fault("ham2", "unplugged");
    const run = await user.mclu(["off", "-y", "ham2", "-o", "json"]);
    await fleet.heal("ham2");
    expect(run.code).toBe(5);
    expect(parseDocument(run.stdout)).toMatchObject({ results: [{ node: "ham2", outcome: "unreachable" }] });
    expect(await isOn("ham2")).toBe(true);
  });

  it("gives up at the deadline where poweroff does nothing, or sshd alone ends", async () => {
    await withProgram("ham2", "poweroff", "exit 0");
    await withProgram("ham3", "poweroff", "kill -KILL $(cat /run/sshd.pid)");
    const run = await user.mclu(["off", "--yes-all=2", "--timeout", "4", "ham2", "ham3"]);
    expect([run.code, run.stdout]).toEqual([7, "ham2: not switched off\nham3: not switched off\n"]);
    expect(run.stderr).toContain("ham2: it still answers after 4 s");
    expect(run.stderr).toContain("ham3: it still answers (refused: ");
    await fleet.heal("ham3");
  });

  it("says why poweroff was refused", async () => {
    await fleet.node("ham2").enter("umount $(command -v poweroff)");
    await withProgram("ham2", "poweroff", "echo 'Operation inhibited by \"backup\"' >&2; exit 1");
    const run = await user.mclu(["off", "-y", "ham2"]);
    expect([run.code, run.stderr]).toEqual([
      1,
      expect.stringContaining('error: ham2: Operation inhibited by "backup"'),
    ]);
    await expectNothingLeft([fleet.node("ham2")]);
  });

  it("switches one node off after a yes, and two by their number", async () => {
    const again = async (...names: string[]) => {
      for (const name of names) await fleet.off(name);
      for (const name of names) await fleet.on(name);
    };
    // with the poweroff that they are made with
    await again("ham2", "ham3");
    const pty = { columns: 80, rows: 24, answers: [{ question: /switch off 1 node\? /, answer: "y" }] };
    const one = await user.mclu(["off", "ham2"], { pty, env: { NO_COLOR: "1" } });
    expect([one.code, one.stdout]).toEqual([0, expect.stringContaining("ham2: switched off")]);
    expect(await isOn("ham2")).toBe(false);
    await fleet.on("ham2");
    expect(await user.mclu(["off", "--yes-all=2", "ham2", "ham3"])).toMatchObject({
      code: 0,
      stdout: "ham2: switched off\nham3: switched off\n",
    });
  });
});
