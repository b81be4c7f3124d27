import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostileNames } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetGuest, guestAddress, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

interface Info {
  readonly guests: readonly {
    readonly name: string;
    readonly uuid: string;
    readonly problem: string | null;
    readonly hardware: { readonly agent: { readonly connected: boolean } | null };
    readonly disks: readonly { readonly target: string; readonly backing: readonly { readonly file: string }[] }[];
    readonly interfaces: readonly {
      readonly addresses: readonly { readonly address: string; readonly source: string }[];
    }[];
    readonly snapshots: readonly { readonly name: string; readonly kind: string; readonly current: boolean }[];
  }[];
}

describe("guests of real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let tiny: FleetGuest;
  let debian: FleetGuest;
  let address: string;
  // no disks: 200 wide characters make no file name
  const hostile = hostileNames.filter((name) => !name.includes("漢"));

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.93.0", nodes: 2, kinds: { ham1: "sudo" } });
    [tiny = fail(), debian = fail()] = [
      ...(await fleet.define("ham0", ["tiny"], { start: true })),
      ...(await fleet.define("ham1", ["debian"], { template: "debian", start: true })),
    ];
    await fleet.define("ham1", hostile, { template: "none" });
    user = await fleetUser(fleet);
    address = await guestAddress(fleet.node("ham0"), tiny);
    await guestAddress(fleet.node("ham1"), debian);
  });
  afterAll(async () => await fleet?.down());

  function fail(): never {
    throw new Error("the fleet defined no guest");
  }

  const info = async (...argv: string[]) => {
    const run = await user.mclu(["info", "-o", "json", ...argv]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    return parseDocument<Info>(run.stdout).guests;
  };

  it("have addresses by lease", async () => {
    const [guest] = await info("tiny");
    expect(guest?.interfaces[0]?.addresses).toMatchObject([{ address, source: "lease" }]);
    expect((await user.mclu(["ip", "ham0/tiny", "-o", "name"])).stdout).toBe(`${address}\n`);
  });

  it("have backing chains and snapshots, and one that runs does not keep its image locked", async () => {
    const node = fleet.node("ham0");
    const virsh = "virsh -q -c qemu:///system";
    await node.enter(`${virsh} snapshot-create-as ${tiny.uuid} 'the first'`);
    await node.enter(
      `${virsh} snapshot-create-as ${tiny.uuid} --disk-only --diskspec vda,file=/var/lib/libvirt/images/over.qcow2 second`,
    );
    const [guest] = await info("tiny");
    expect(guest?.snapshots.map(({ name, kind, current }) => [name, kind, current])).toEqual([
      ["the first", "internal", false],
      ["second", "external", true],
    ]);
    expect(guest?.disks[0]).toMatchObject({
      path: "/var/lib/libvirt/images/over.qcow2",
      backing: [{ file: "/var/lib/libvirt/images/tiny.qcow2", format: "qcow2" }],
    });
  });

  /** Runs a shell command without single quotes in the Debian guest, by its agent. */
  const inDebian = (command: string) => {
    const exec = { execute: "guest-exec", arguments: { path: "/bin/sh", arg: ["-c", command] } };
    const virsh = `virsh -c qemu:///system qemu-agent-command ${debian.uuid}`;
    return fleet.node("ham1").enter(`${virsh} '${JSON.stringify(exec)}'`);
  };

  const agentAnswers = async () => {
    const deadline = Date.now() + 60_000;
    let [guest] = await info("debian");
    while (!guest?.hardware.agent?.connected && Date.now() < deadline) [guest] = await info("debian");
    return guest;
  };

  it("send nobody's terminal what they call their cards and themselves", async () => {
    await agentAnswers();
    const name = String.raw`e\033[31m\042\047\033]0;`;
    await inDebian(`card=$(ls /sys/class/net | grep ^e); name="$(printf "${name}")"; hostname "$name"
ip link set "$card" down; ip link set "$card" name "$name"; ip link set "$name" up
ip address add 192.0.2.77/24 dev "$name"`);
    const asked = `virsh -c qemu:///system domifaddr --source agent ${debian.uuid}`;
    await fleet.node("ham1").enter(`timeout 60 sh -c 'until ${asked} | grep "31m.* ipv4 "; do sleep 0.3; done'`);
    for (const argv of [
      ["ip", "debian"],
      ["info", "debian"],
      ["list", "--wide"],
    ]) {
      const { code, stdout, stderr } = await user.mclu(argv);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect((await user.mclu(["ip", "debian"])).stdout).toMatch(/^debian +ham1 +192\.0\.2\.77 +agent /m);
  });

  it("are known to their agents, which have three seconds", async () => {
    const guest = await agentAnswers();
    expect(guest?.interfaces[0]?.addresses[0]?.source).toBe("agent");
    await inDebian("kill -STOP $(pidof qemu-ga)");
    const before = Date.now();
    const [frozen] = await info("debian");
    expect(Date.now() - before).toBeLessThan(8000);
    expect(frozen?.interfaces[0]?.addresses[0]?.source).toBe("lease");
  });

  it("are found and shown by any name, through sudo", async () => {
    const guests = await info("--", ...hostile);
    expect(guests.map(({ name }) => name).sort()).toEqual([...hostile].sort());
    expect(guests.every(({ problem }) => problem === null)).toBe(true);
    for (const { name, uuid } of guests) {
      const xml = await user.mclu(["xml", "--", name]);
      expect([xml.code, xml.stdout.includes(`<uuid>${uuid}</uuid>`)]).toEqual([0, true]);
    }
  });

  it("are dumped so that libvirt takes them back", async () => {
    const directory = join(user.home, "dump");
    const run = await user.mclu(["dump", directory]);
    expect(run).toMatchObject({
      code: 0,
      stdout: `ham0: 1 guest, 1 network, 1 pool\nham1: ${hostile.length + 1} guests, 1 network, 1 pool\n`,
    });
    const xml = readFileSync(join(directory, "ham1", "it%27s.xml"), "utf8");
    await fleet.node("ham1").enter(`virsh -c qemu:///system define --validate /dev/stdin <<'END'\n${xml}END`);
  });

  it("have logs, which end on the node when the client does", async () => {
    const run = await user.mclu(["logs", "debian", "-n", "all"]);
    expect([run.code, run.stdout]).toEqual([0, expect.stringContaining("qemu-system-x86_64")]);
    const never = await user.mclu(["logs", "ham1/a b"]);
    expect(never).toMatchObject({ code: 1, stdout: "" });
    expect(never.stderr).toContain("a b has no log on ham1: there is no /var/log/libvirt/qemu/a b.log");
    const tails = fleet.node("ham1").enter("timeout 40 sh -c 'until pgrep -x tail >/dev/null; do sleep 0.1; done'");
    const interrupted = await user.mclu(["logs", "-f", "-n", "5", "ham1/debian"], {
      // it says what is there at once: by then that has come
      signal: { name: "SIGINT", when: tails.then(() => sleep(1500)) },
    });
    expect(interrupted.code).toBe(130);
    expect(interrupted.stdout.match(/\n/g)).toHaveLength(5);
    await expectNothingLeft(fleet.nodes);
    expect(await fleet.node("ham1").enter("pgrep -x tail || true")).toBe("");
  });
});
