import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { holdAt, letGo, reached, wrapForHolding } from "./held-build.ts";

const images = "/var/lib/libvirt/images";
const spare = "/var/lib/libvirt/spare";
const head = "[template]\nimage = tiny\nmemory = 128M\n";

/** Guests, files of the pools, reservations of either place, and what a login began: a line each. */
const traces = `virsh -q list --all --name | sed '/^$/d'
ls -A ${images} ${spare} | grep -v '^/\\|^$' || :
ls -A /var/lib/mclu/names /home/admin/.local/state/mclu/names 2>/dev/null | grep -v '^/\\|^$\\|^\\.' || :`;

describe("logins of one node that build", { timeout: 300_000 }, () => {
  let fleet: Fleet;
  let node: FleetNode;
  /** They log in as root, as admin who becomes root, and as admin who may ask libvirt and is nobody else. */
  let users: Readonly<Record<"root" | "sudo" | "member", FleetUser>>;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.118.0", nodes: 1, kinds: { ham0: "sudo" } });
    node = fleet.node("ham0");
    await fleet.fault("ham0", "sshd:PermitRootLogin prohibit-password");
    await node.enter(`sed -i 's/^libvirt:.*/&,admin/; s/:,admin$/:admin/' /etc/group; mkdir -m 777 ${spare}
virsh -q pool-define-as spare dir --target ${spare}; virsh -q pool-start spare; virsh -q pool-autostart spare`);
    const templates = { plain: head, aside: `${head}pool = spare\n` };
    const as = (edit: (text: string) => string) => builder(fleet, templates, undefined, edit);
    users = {
      root: await as((text) => text.replace("admin@", "root@").replace("become = sudo", "become = none")),
      sudo: await as((text) => text),
      member: await as((text) => text.replace("become = sudo", "become = none")),
    };
    await wrapForHolding(node);
  });
  afterAll(() => fleet?.down());
  beforeEach(async () => {
    await letGo(node);
    await node.enter(`for guest in $(virsh -q list --all --uuid); do
virsh -q destroy $guest; virsh -q undefine $guest; done 2>/dev/null
chmod 711 ${images}; rm -rf ${images}/* ${images}/.*.part ${spare}/* /var/lib/mclu/* /home/admin/.local`);
  });

  type Who = keyof typeof users;
  const build = (who: Who, ...argv: string[]) =>
    users[who].mclu(["build", ...argv, "--no-start", "--wait-timeout", "1"], { limit: 120_000 });
  const left = async () => (await node.enter(traces)).trim();

  it("refuse one that may define guests, and not write into the pool, before anything is made", async () => {
    const { code, stdout, stderr } = await build("member", "plain", "web1");
    expect([code, stdout]).toEqual([6, ""]);
    const refused = `error: the login of ham0 may not write into ${images}\n  become = sudo, in [node.ham0] of mclu.conf\n`;
    expect(stderr).toBe(refused);
    expect(await left()).toBe("");
    expect(await node.enter("ls -A /home/admin/.local 2>&1 || :")).toContain("No such file");
    // what it says to do is enough
    expect(await build("sudo", "plain", "web1")).toMatchObject({ code: 0 });
  });

  it("share names where both are root in the end: exactly one gets it", async () => {
    await holdAt(node, "build");
    const both = [build("root", "plain", "web1"), build("sudo", "plain", "web1")];
    const refused = await Promise.race(both);
    // the first one's job may not have begun when the second looks
    const why =
      /somebody (is building a guest web1 on ham0|has reserved the name web1 on ham0, and begun no job); nothing/;
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringMatching(why)]);
    await reached(node, "build");
    for (const who of ["root", "sudo"] as const) {
      const { jobs } = JSON.parse((await users[who].mclu(["jobs", "list", "-o", "json"])).stdout);
      expect(jobs).toMatchObject([{ guest: "web1", state: "running" }]);
    }
    await letGo(node);
    expect((await Promise.all(both)).map(({ code }) => code).sort()).toEqual([0, 6]);
    expect(await left()).toBe("web1\nweb1.qcow2");
  });

  it("share memory where both are root in the end: what one reserved the other does not get", async () => {
    const { nodes } = JSON.parse((await users.root.mclu(["status", "-o", "json"])).stdout);
    const memory = `${Math.floor((nodes[0].free * 0.6) / 1024 ** 2)}M`;
    await holdAt(node, "build");
    const both = [build("root", "plain", "one", "--memory", memory), build("sudo", "plain", "two", "--memory", memory)];
    const refused = await Promise.race(both);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringMatching(/was taken meanwhile|no node can take/)]);
    await letGo(node);
    expect((await Promise.all(both)).map(({ code }) => code).sort()).toEqual([0, 6]);
    expect(await left()).toMatch(/^(one|two)\n\1\.qcow2$/);
  });

  it.each<[string, Who, string, number, RegExp]>([
    ["the file of its disk", "member", "plain", 6, /web1\.qcow2 is there already\n/],
    ["its definition", "member", "aside", 1, /at the stage define, .*already exists with uuid/],
  ])("that share no directory still do not both get a name: %s is refused", async (_what, who, template, code, why) => {
    await node.enter(`chmod 1777 ${images}`);
    await holdAt(node, "build");
    const first = build("root", "plain", "web1");
    await reached(node, "build");
    const second = build(who, template, "web1");
    // both have passed every check, and neither has a disk
    await node.enter("timeout 60 sh -c 'until [ $(pgrep -cf \"[v]irt-builder tiny\") -ge 2 ]; do sleep 0.1; done'");
    await letGo(node);
    const ends = await Promise.all([first, second]);
    const winner = ends.find((end) => end.code === 0);
    const loser = ends.find((end) => end !== winner);
    expect(winner?.stdout).toMatch(/^web1 +ham0 +built/m);
    expect([loser?.code, loser?.stderr]).toEqual([code, expect.stringMatching(why)]);
    // whole, and the winner's own: nothing of the loser's is there, and nothing of the winner's is gone
    const disk = (await node.enter("virsh -q domblklist web1")).trim().split(/\s+/)[1] ?? "";
    expect(await left()).toBe(`web1\n${disk.split("/").at(-1)}`);
    await node.enter(`qemu-img check -q ${disk}`);
  });
});
