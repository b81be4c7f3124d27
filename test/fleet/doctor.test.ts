import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Diagnosis, Finding } from "../../src/operations/doctor/doctor.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const virsh = "virsh -q -c qemu:///system";

describe("doctor on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.178.0", nodes: 3, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());
  afterEach(async () => await fleet.heal("ham0"));

  const ham0 = (command: string) => fleet.node("ham0").enter(command);
  /** What doctor finds on a node: exit code, and the findings that are not ok. */
  async function examine(name: string, who = user) {
    const run = await who.mclu(["doctor", name, "-o", "json"]);
    const { nodes } = parseDocument<{ nodes: readonly Diagnosis[] }>(run.stdout);
    const [node] = nodes;
    const all = node?.state === "on" ? node.findings : [];
    const found = new Map(all.filter(({ verdict }) => verdict !== "ok").map((one) => [one.check, one]));
    return { code: run.code, checks: all.map(({ check }) => check), found };
  }
  /** Types what a finding says. */
  async function type(finding: Finding | undefined) {
    const [word, ...argv] = (finding?.fix ?? "").replaceAll("'", "\u0000").split(" ");
    expect(word).toBe("mclu");
    const at = argv.findIndex((one) => one.startsWith("\u0000"));
    const quoted = at < 0 ? [] : [argv.slice(at).join(" ").replaceAll("\u0000", "")];
    const run = await user.mclu([...(at < 0 ? argv : argv.slice(0, at)), ...quoted]);
    expect(run, finding?.fix ?? "").toMatchObject({ code: 0 });
  }

  it("finds nodes well, as root and under sudo, and leaves nothing there", async () => {
    const run = await user.mclu(["doctor"]);
    expect([run.code, run.stderr]).toEqual([0, ""]);
    expect(run.stdout).toMatch(
      /^ham0: well, 1 warning\n {2}warning: kvm: .*\n {4}try: .*\n {2}ok: ssh, libvirt, rights, network, pool, tools, appliance, space, clock, wake, peers, jobs\nham1: well/,
    );
    const { stdout } = await user.mclu(["doctor", "--all"]);
    expect(stdout).toMatch(/ok: tools: virt-builder \S+, virt-customize \S+, qemu-img version \S+/);
    expect(stdout).toContain("ok: peers: logs in to ham0, ham2\n");
    await expectNothingLeft(fleet.nodes);
  });

  it("looks at the rest where libvirtd is stopped or hangs", async () => {
    await fleet.fault("ham0", "libvirtd-stopped");
    const stopped = await examine("ham0");
    const fix = "mclu exec ham0 -- systemctl enable --now libvirtd";
    expect([stopped.code, stopped.found.get("libvirt")]).toMatchObject([
      3,
      { detail: "libvirtd does not answer", fix },
    ]);
    expect(stopped.checks).toEqual(expect.arrayContaining(["tools", "space", "clock", "wake", "jobs"]));
    await fleet.heal("ham0");
    await fleet.fault("ham0", "libvirtd-frozen");
    expect((await examine("ham0")).found.get("libvirt")).toMatchObject({
      verdict: "problem",
      detail: "libvirtd does not answer within 5 s",
    });
  });

  it("says what mends a pool and a network, and that does", async () => {
    await ham0(`${virsh} "pool-destroy default; net-destroy default"`);
    const inactive = await examine("ham0");
    expect(inactive.found.get("pool")).toMatchObject({ verdict: "problem", detail: "default is not active" });
    await type(inactive.found.get("pool"));
    await type(inactive.found.get("network"));
    await ham0(`${virsh} "pool-destroy default; pool-undefine default; net-autostart default --disable"`);
    const missing = await examine("ham0");
    expect([missing.code, missing.found.get("pool")?.detail]).toEqual([3, "there is no pool default"]);
    expect(missing.found.get("network")).toMatchObject({ verdict: "warning" });
    await type(missing.found.get("pool"));
    await type(missing.found.get("network"));
    expect([...(await examine("ham0")).found.keys()]).toEqual(["kvm"]);
  });

  it("names programs that are missing, a full disk, and a clock that is years off", async () => {
    await ham0(`mount --bind /dev/null $(readlink -f $(command -v virt-builder))
printf '#!/bin/sh\\necho 1000000000\\n' >/run/fleet/date; chmod +x /run/fleet/date; mount --bind /run/fleet/date /usr/bin/date`);
    await fleet.fault("ham0", "disk-full");
    const { code, found } = await examine("ham0");
    await ham0("umount /usr/bin/date /usr/bin/virt-builder");
    expect(code).toBe(3);
    expect(found.get("tools")).toMatchObject({
      detail: "virt-builder missing",
      fix: "mclu exec ham0 -- apt-get install -y guestfs-tools",
    });
    expect(found.get("pool")).toMatchObject({
      detail: "default is nearly full, 0.0G free",
      fix: expect.stringMatching(/^mclu gc ham0, .*: mclu exec ham0 -- df -h \//),
    });
    expect(found.get("clock")).toMatchObject({
      verdict: "problem",
      detail: expect.stringMatching(/^\d{4} days behind/),
    });
  });

  it("knows modular daemons, and names those that do not run", async () => {
    const node = fleet.node("ham0");
    // as far as virsh looks for them; libvirt-sock is virtproxyd's there
    await wrapPrograms(node, { virtqemud: "exit 1" });
    await ham0(`cd /run/libvirt; for s in "" -ro; do mv libvirt-sock$s virtqemud-sock$s
for one in libvirt virtnetworkd virtstoraged; do ln -s virtqemud-sock$s $one-sock$s; done; done`);
    try {
      expect([...(await examine("ham0")).found.keys()]).toEqual(["kvm"]);
      expect((await user.mclu(["doctor", "--all", "ham0"])).stdout).toMatch(/ok: libvirt: \S+, modular daemons\n/);
      await ham0("rm /run/libvirt/virtstoraged-sock*");
      const partly = await examine("ham0");
      expect([partly.code, partly.found.get("libvirt")]).toMatchObject([
        3,
        {
          verdict: "problem",
          detail: "virtstoraged does not run",
          fix: "mclu exec ham0 -- systemctl enable --now virtstoraged.socket",
        },
      ]);
      await fleet.fault("ham0", "libvirtd-frozen");
      const frozen = await examine("ham0");
      expect([frozen.code, frozen.found.get("libvirt")]).toMatchObject([
        3,
        { detail: "virtqemud does not answer within 5 s", fix: "mclu exec ham0 -- systemctl restart virtqemud" },
      ]);
    } finally {
      await fleet.heal("ham0").catch(() => undefined);
      await ham0(`cd /run/libvirt; rm -f libvirt-sock* virtnetworkd-sock* virtstoraged-sock*
for s in "" -ro; do mv virtqemud-sock$s libvirt-sock$s; done`);
      await unwrapPrograms(node);
    }
  });

  it("names what libguestfs lacks for its appliance, and places that are nearly full", async () => {
    const appliance = async (name: string, breaks: string, who = user) => {
      await fleet.node(name).enter(breaks);
      const { code, found } = await examine(name, who);
      return { code, appliance: found.get("appliance"), space: found.get("space") };
    };
    // nothing is built where /var/tmp is another one
    const bare = await appliance("ham0", "mount -t tmpfs tmpfs /boot; mount -t tmpfs -o size=16M tmpfs /var/tmp");
    expect(bare).toMatchObject({
      code: 3,
      appliance: {
        verdict: "problem",
        detail: "there is no kernel in /boot, of which libguestfs makes its appliance",
        fix: "mclu exec ham0 -- apt-get install -y linux-image-amd64",
      },
      space: {
        verdict: "problem",
        detail: "nearly full: /var/tmp 0.0G free",
        fix: "mclu gc ham0, and to see how full it is: mclu exec ham0 -- df -h /var/tmp",
      },
    });
    const parts = await appliance("ham0", "umount /boot; mount -t tmpfs tmpfs /usr/lib/*/guestfs");
    await ham0("umount /usr/lib/*/guestfs /var/tmp");
    expect(parts).toMatchObject({
      code: 3,
      appliance: {
        detail: "the directory supermin.d of libguestfs is not there: no appliance can be made",
        fix: "mclu exec ham0 -- apt-get install -y supermin libguestfs0",
      },
    });
    const plain = await fleetUser(fleet, { config: (text) => text.replace("become = sudo\n", "") });
    const hidden = "mount -t tmpfs tmpfs /boot; echo kernel >/boot/vmlinuz-6.1; chmod 600 /boot/vmlinuz-6.1";
    const unreadable = await appliance("ham1", hidden, plain);
    const fix = "mclu exec ham1 -- sudo chmod +r /boot/vmlinuz-6.1";
    expect(unreadable.appliance).toMatchObject({
      verdict: "problem",
      detail: "admin may not read /boot/vmlinuz-6.1, of which libguestfs makes its appliance",
      fix,
    });
    expect(await plain.mclu(fix.split(" ").slice(1))).toMatchObject({ code: 0 });
    const mended = await appliance("ham1", ":", plain);
    await fleet.node("ham1").enter("umount /boot");
    expect(mended.appliance).toBeUndefined();
    expect([...(await examine("ham0")).found.keys()]).toEqual(["kvm"]);
  });

  it("says what a login may not do", async () => {
    const plain = await fleetUser(fleet, { config: (text) => text.replace("become = sudo\n", "") });
    const { code, found } = await examine("ham1", plain);
    const fix = "set become = sudo in [node.ham1] of mclu.conf";
    expect([code, found.get("rights"), found.get("pool")]).toMatchObject([
      3,
      { verdict: "problem", detail: "admin may look at guests and not change them", fix },
      { verdict: "problem", fix },
    ]);
    await fleet.fault("ham1", "sudo-password");
    const denied = await user.mclu(["doctor", "ham1", "ham2"]);
    await fleet.heal("ham1");
    expect([denied.code, denied.stdout]).toEqual([5, expect.stringContaining("ham1: failed: denied: ")]);
  });

  it("warns of an sshd that forwards nothing, and says what a node without sshd does", async () => {
    await fleet.fault("ham0", "sshd:AllowTcpForwarding no");
    const forbids = await examine("ham0");
    await fleet.heal("ham0");
    expect([forbids.code, forbids.found.get("ssh")]).toMatchObject([
      0,
      { verdict: "warning", detail: expect.stringContaining("its sshd forwards no connections") },
    ]);
    expect((await examine("ham0")).found.has("ssh")).toBe(false);
    await fleet.fault("ham0", "sshd-stopped");
    const stopped = await user.mclu(["doctor", "ham0"]);
    await fleet.heal("ham0");
    expect([stopped.code, stopped.stdout]).toEqual([
      5,
      expect.stringMatching(/^ham0: failed: refused: .*\n {2}try: \S/),
    ]);
  });

  it("compares macs, tries logins between nodes, and shows a node that is off", async () => {
    const { mac } = fleet.node("ham0");
    const other = await fleetUser(fleet, { config: (text) => text.replace(`mac = ${mac}`, "mac = 02:00:00:00:00:01") });
    expect((await examine("ham0", other)).found.get("wake")).toMatchObject({
      verdict: "problem",
      fix: `set mac = ${mac} in [node.ham0] of mclu.conf`,
    });
    await ham0("mv /root/.ssh/id_ed25519 /root/.ssh/hidden");
    await fleet.off("ham2");
    const run = await user.mclu(["doctor"]);
    await ham0("mv /root/.ssh/hidden /root/.ssh/id_ed25519");
    expect(run.code).toBe(0);
    expect(run.stdout).toContain("warning: peers: cannot log in to ham1: what goes there goes through this machine\n");
    expect(run.stdout).toMatch(
      /try: on ham0, as the user that mclu works as there: ssh-copy-id \S+, and ssh \S+ once\n/,
    );
    expect(run.stdout).toContain("ham2: off\n");
  });
});
