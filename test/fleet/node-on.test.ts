import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const magic = (mac: string) => "ff".repeat(6) + mac.replaceAll(":", "").repeat(16);

describe("switching real nodes on", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    // ham0 is the jump host, and so in both networks; ham2 and ham3 cannot be reached from here
    fleet = await startFleet({ net: "10.177.0", nodes: 4, kinds: { ham2: "jump", ham3: "jump" } });
    user = await fleetUser(fleet, { config: (text) => text.replace("[node.ham1]\n", "[node.ham1]\ngroups = rack2\n") });
  });
  afterAll(async () => await fleet?.down());

  /** Listens on a node, and resolves once it does; `packet` is the first that comes, in hexadecimal. */
  async function listen(name: string) {
    const node = fleet.node(name);
    await node.enter("rm -f /run/fleet/heard /run/fleet/listens");
    const script = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 9)); s.settimeout(60); open("/run/fleet/listens", "w").close()
print(s.recv(200).hex())`;
    const heard = node.enter(`python3 -c '${script}'`).then((text) => text.trim());
    heard.catch(() => undefined);
    await node.enter("until [ -e /run/fleet/listens ]; do sleep 0.05; done");
    return { heard };
  }
  /** Takes programs away from a node. */
  const without = (name: string, ...programs: string[]) =>
    fleet
      .node(name)
      .enter(programs.map((one) => `mount --bind /dev/null $(readlink -f $(command -v ${one}))`).join("; "));

  it("sends a packet that other hosts of the network hear, and waits until the node answers", async () => {
    await fleet.off("ham1");
    const first = await listen("ham0");
    const sent = await user.mclu(["on", "ham1", "ham0"]);
    expect(await first.heard).toBe(magic(fleet.node("ham1").mac));
    expect([sent.code, sent.stdout]).toEqual([0, "ham0: already on\nham1: told to wake\n"]);
    expect(await user.mclu(["on", "--wait", "--timeout", "3", "ham1"])).toMatchObject({
      code: 7,
      stdout: "ham1: not on\n",
    });
    const second = await listen("ham0");
    const waiting = user.mclu(["on", "--wait", "--timeout", "300", "@rack2"], { limit: 310_000 });
    await second.heard;
    await fleet.on("ham1");
    expect(await waiting).toMatchObject({ code: 0, stdout: "ham1: on\n", stderr: "ham1: waking it\n" });
  });

  it("has a live neighbour send it where this machine is not in the network", async () => {
    await fleet.off("ham2");
    const python = await listen("ham3");
    const run = await user.mclu(["on", "ham2"]);
    expect(await python.heard).toBe(magic(fleet.node("ham2").mac));
    expect(run).toMatchObject({ code: 0, stdout: "ham2: told to wake\n", stderr: "ham2: waking it, by ham0\n" });
  });

  it("does without Python, tries the next neighbour, and says when none can", async () => {
    for (const name of ["ham0", "ham3"])
      await fleet.node(name).enter("for one in python3 perl; do umount -q $(readlink -f /usr/bin/$one) || :; done");
    const perl = await listen("ham3");
    await without("ham0", "python3");
    expect(await user.mclu(["on", "ham2"])).toMatchObject({ code: 0, stderr: "ham2: waking it, by ham0\n" });
    expect(await perl.heard).toBe(magic(fleet.node("ham2").mac));
    await without("ham0", "perl");
    const next = await listen("ham3");
    expect(await user.mclu(["on", "ham2"])).toMatchObject({ code: 0, stderr: "ham2: waking it, by ham3\n" });
    expect(await next.heard).toBe(magic(fleet.node("ham2").mac));
    await without("ham3", "python3", "perl");
    const none = await user.mclu(["on", "ham2"]);
    expect([none.code, none.stdout]).toEqual([1, "ham2: not woken\n"]);
    expect(none.stderr).toContain("ham0, ham3, in its network, could not send it");
    await expectNothingLeft([fleet.node("ham0")]);
  });

  it("says what to set where a node has no mac", async () => {
    const other = await fleetUser(fleet, { config: (text) => text.replaceAll(/^mac = .*$/gm, "") });
    const run = await other.mclu(["on", "ham2"]);
    expect([run.code, run.stdout]).toEqual([2, ""]);
    expect(run.stderr).toContain("set mac = AA:BB:CC:DD:EE:FF in [node.ham2] of mclu.conf");
  });
});
