import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { startOnTerminal, type TerminalSession } from "../support/terminal-session.ts";
import type { Fleet, FleetGuest } from "./fleet.ts";
import { startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { diskOf, images, keptBy, virsh, whereIs } from "./moving.ts";
import { mountShared } from "./shared-storage.ts";

interface Moved {
  readonly outcome: string;
  readonly node: string;
  readonly kept: readonly string[];
}

describe("a guest that moves between real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let web: FleetGuest | undefined;
  const sessions: TerminalSession[] = [];
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[]) => user.mclu(argv, { limit: 240_000 });
  const move = async (guest: string, to: string, ...more: string[]) => {
    const run = await mclu(["migrate", guest, to, "-o", "json", ...more]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    const { results } = parseDocument(run.stdout) as unknown as { results: Moved[] };
    expect(results).toMatchObject([{ outcome: "moved", node: to }]);
    return { stderr: run.stderr, kept: results[0]?.kept ?? [] };
  };

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.172.0", nodes: 3, kinds: { ham2: "dynamic" } });
    user = await fleetUser(fleet);
    [web] = await fleet.define("ham0", ["web1"], { start: true });
  }, 60_000);
  afterEach(async () => {
    for (const session of sessions) session.kill("SIGTERM");
    await Promise.all(sessions.splice(0).map(({ ended }) => ended));
  });
  afterAll(() => fleet?.down());

  const attach = async (place: string) => {
    const session = startOnTerminal(["console", place], { ...user.env, NO_COLOR: "1" });
    sessions.push(session);
    await session.until(/its console; \^\] leaves\r\n/);
    return session;
  };
  const leave = async (session: TerminalSession) => {
    session.type("\x1d");
    await session.ended;
  };
  /** Presses Enter until the guest says such a thing: it may still be starting, and the console still being attached. */
  const enterUntil = async (session: TerminalSession, what: RegExp) => {
    for (let tries = 60; tries > 0; tries--) {
      session.type("\r");
      const said = session.until(what, 4).then(
        () => true,
        () => false,
      );
      if (await said) return;
    }
    throw new Error(`no ${what}: ${JSON.stringify(session.screen().slice(-500))}`);
  };

  it("goes on with its memory: a name that was half typed before the move is known after it", {
    timeout: 400_000,
  }, async () => {
    const before = await attach("web1");
    await enterUntil(before, /login: /);
    before.type("some");
    await before.until(/some/);
    await leave(before);
    const plan = await mclu(["migrate", "web1", "ham1", "--dry-run"]);
    expect(plan.stdout).toMatch(/vda: \/var\/lib\/libvirt\/images\/web1\.qcow2 is copied \(48M at most\)/);
    const { stderr, kept } = await move("web1", "ham1");
    expect(stderr).toMatch(/\[make volumes\][\s\S]*\[migrate\]\n[\s\S]*\d+ %\n[\s\S]*\[keep\]/);
    const after = await attach("ham1/web1");
    await enterUntil(after, /Password: |login: /);
    // an empty name would be asked for again
    expect(/Password: |login: /.exec(after.screen())?.[0]).toBe("Password: ");
    await leave(after);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham1: "running" });
    expect(await keptBy(fleet, "ham0")).toEqual(kept);
    expect(await on("ham1", `${virsh} dominfo web1 | grep Persistent`)).toContain("yes");
    // the very size, and sparse
    expect(await on("ham1", `qemu-img info -U ${diskOf("web1")}`)).toContain("(50331648 bytes)");
  });

  it("moves back, and removes the source's files where that was agreed to; gc offers the others", async () => {
    const asked = await mclu(["migrate", "web1", "ham0", "--remove-source"]);
    expect(asked).toMatchObject({ code: 6, stdout: "" });
    const { kept } = await move("web1", "ham0", "--remove-source", "-y");
    expect([kept, await on("ham1", `ls -A ${images}`)]).toEqual([[], ""]);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
    const gc = await mclu(["gc", "ham0", "--yes-all=1"]);
    expect([gc.code, await keptBy(fleet, "ham0")]).toEqual([0, []]);
    expect(await on("ham0", `ls -A ${images}`)).toBe("web1.qcow2\n");
  });

  it("moves a guest that is off, with its checksum, and one whose storage both nodes see, without a copy", async () => {
    for (const node of ["ham0", "ham1"]) await mountShared(fleet.node(node), "/srv/guests");
    const [off] = await fleet.define("ham0", ["off1"]);
    const sum = async (node: string) => (await on(node, `sha256sum <${diskOf("off1")}`)).slice(0, 64);
    const before = await sum("ham0");
    await on("ham0", `${virsh} autostart off1`);
    const { stderr } = await move("off1", "ham1");
    expect(await on("ham1", `${virsh} dominfo off1`)).toMatch(/^Autostart: +enable$/m);
    expect(stderr).toContain("vda: comparing checksums");
    expect([await sum("ham1"), await whereIs(fleet, off?.uuid)]).toEqual([before, { ham1: "shut off" }]);
    // the same disk on shared storage
    await on(
      "ham1",
      `mv ${diskOf("off1")} /srv/guests/off1.qcow2; ${virsh} dumpxml off1 | sed 's#${images}#/srv/guests#' >/root/off1.xml; ${virsh} define /root/off1.xml; ${virsh} start off1`,
    );
    const shared = await move("ham1/off1", "ham0");
    expect([shared.kept, shared.stderr.includes("make volumes")]).toEqual([[], false]);
    expect(await whereIs(fleet, off?.uuid)).toEqual({ ham0: "running" });
    expect(await on("ham0", "ls -A /srv/guests")).toBe("off1.qcow2\n");
    await on("ham0", `${virsh} destroy off1; ${virsh} undefine off1; rm /srv/guests/off1.qcow2`);
  });

  it("gives a node whose qemu is another user disks that it may write", async () => {
    await move("web1", "ham2", "--remove-source", "-y");
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham2: "running" });
    expect(await on("ham2", `stat -c %U ${diskOf("web1")}`)).toBe("libvirt-qemu\n");
    await move("web1", "ham0", "--remove-source", "-y");
  });

  it("goes through this machine where the target shows a key that the source does not know it by", async () => {
    await on(
      "ham0",
      `cd /root/.ssh; cp known_hosts known; sed -i "/^ham1,/s/ssh-ed25519 .*/$(grep '^ham2,' known | cut -d ' ' -f 2- | sed 's,/,\\\\/,g')/" known_hosts
echo 'StrictHostKeyChecking no' >config; ssh -o BatchMode=yes ham1 true`,
    );
    const plan = await mclu(["migrate", "web1", "ham1", "--dry-run"]);
    const direct = await mclu(["doctor", "ham0", "ham1", "-o", "json"]);
    await on("ham0", "cd /root/.ssh; mv known known_hosts; rm config");
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.stderr + plan.stdout).toMatch(
      /ham0 cannot use the libvirt of ham1 itself \(Host key verification failed\.\)/,
    );
    expect(direct.stdout).toContain(
      "does not know the host key, or knows another one, of ham1: what goes there goes through this machine",
    );
    expect(direct.stdout).toMatch(
      /ssh-keygen -R \S+, and ssh -o StrictHostKeyChecking=ask \S+ once, which shows the key/,
    );
  });

  it("goes through this machine where the source cannot log in to the target, and leaves no socket", async () => {
    await on("ham0", "mkdir /root/away; mv /root/.ssh/id_* /root/away");
    const { stderr } = await move("web1", "ham1", "--remove-source", "-y");
    await on("ham0", "mv /root/away/* /root/.ssh; rmdir /root/away");
    expect(stderr).toMatch(/^note: ham0 cannot use the libvirt of ham1 itself .*: its calls go through this machine/m);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham1: "running" });
    expect(await on("ham0", "ls -A /tmp")).not.toContain(".mclu-");
  });

  it("empties a node and fills it again: the home is in the guests' metadata", async () => {
    const [other] = await fleet.define("ham1", ["web2"], { start: true });
    await on("ham1", `${virsh} autostart web1`);
    const plan = await mclu(["drain", "ham1", "--dry-run", "-o", "json"]);
    const { moves, stuck } = parseDocument(plan.stdout) as unknown as { moves: unknown[]; stuck: unknown[] };
    expect([moves.length, stuck]).toEqual([2, []]);
    const drained = await mclu(["drain", "ham1"]);
    expect([drained.code, drained.stderr.match(/error:.*/)]).toEqual([0, null]);
    // one each: the first one's memory counts for the second
    const away = await Promise.all([web, other].map(async (guest) => Object.keys(await whereIs(fleet, guest?.uuid))));
    expect(away.flat().sort()).toEqual(["ham0", "ham2"]);
    const starting = async () => {
      const nodes = fleet.nodes.map(async ({ name }) => [
        name,
        (await on(name, `${virsh} list --all --autostart --name`)).trim(),
      ]);
      return Object.fromEntries(await Promise.all(nodes));
    };
    expect(await starting()).toEqual({ ...{ ham0: "", ham1: "", ham2: "" }, [away[0]?.[0] ?? ""]: "web1" });
    expect(await mclu(["drain", "ham1"])).toMatchObject({ code: 0, stderr: "note: no guest is to be moved\n" });
    const back = await mclu(["undrain", "ham1"]);
    expect([back.code, back.stderr.match(/error:.*/)]).toEqual([0, null]);
    for (const guest of [web, other]) expect(await whereIs(fleet, guest?.uuid)).toEqual({ ham1: "running" });
    expect(await starting()).toEqual({ ham0: "", ham1: "web1", ham2: "" });
    await on("ham1", `${virsh} autostart web1 --disable`);
    expect(await on("ham1", `${virsh} dumpxml web1; ${virsh} dumpxml web2 --inactive`)).not.toContain("urn:mclu:home");
    expect(await mclu(["undrain", "ham1"])).toMatchObject({ code: 0, stderr: "note: no guest is to be moved\n" });
    await on("ham1", `${virsh} destroy web2; ${virsh} undefine web2; rm ${diskOf("web2")}`);
    for (const node of fleet.nodes) await mclu(["gc", node.name, "--yes-all=2"]);
  });

  it("comes home from wherever a second drain has put it, and is at home when a move brings it there", {
    timeout: 300_000,
  }, async () => {
    const home = async () => /node>(.*)<\/[\w-]+:node>/.exec(await on(await place(), `${virsh} dumpxml web1`))?.[1];
    const place = async () => Object.keys(await whereIs(fleet, web?.uuid))[0] ?? expect.fail("it is nowhere");
    const drain = async () => {
      const from = await place();
      expect(await mclu(["drain", from])).toMatchObject({ code: 0 });
      return from;
    };
    await on("ham0", `${virsh} net-destroy default`);
    const [first] = [await drain(), expect(await place()).toBe("ham2")];
    await on("ham0", `${virsh} net-start default`);
    await on("ham1", `${virsh} net-destroy default`);
    const second = await drain();
    expect([first, second, await place(), await home()]).toEqual(["ham1", "ham2", "ham0", "ham1"]);
    await on("ham1", `${virsh} net-start default`);
    expect(await mclu(["undrain", second])).toMatchObject({ code: 0, stderr: "note: no guest is to be moved\n" });
    expect(await mclu(["undrain", first])).toMatchObject({ code: 0 });
    expect([await whereIs(fleet, web?.uuid), await home()]).toEqual([{ ham1: "running" }, undefined]);
  });
});
