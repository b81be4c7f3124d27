import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chooseGuests } from "../../src/operations/choose-guests.ts";
import { chooseNodes, wishesOf } from "../../src/operations/choose-nodes.ts";
import { findReachable } from "../../src/operations/guest-address.ts";
import { knownNames } from "../../src/operations/known-names.ts";
import { answersAt, claimingCards, claimingCluster } from "../support/claiming-guest.ts";
import { fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const web1 = { name: "web1", uuid: testUuid(1) };

describe("a choice that cannot be taken back, while a node failed", () => {
  it("is refused for a name, for all, and for a pattern; the hint names a guest where there is one", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => lostNode });
    const refused = (guests: readonly string[], all: boolean) =>
      expect(chooseGuests(cluster, { guests, all }, { strict: true })).rejects;
    await refused([], true).toMatchObject({
      exitCode: 6,
      message: "that may be on a node that gave no answer: ham1 (lost)",
    });
    await refused(["web*"], false).toMatchObject({ hint: "name the node as well: ham0/web1; or ping ham0" });
    const empty = await fakeCluster({ ham0: () => [], ham1: () => lostNode });
    await expect(chooseGuests(empty, { guests: [], all: true }, { strict: true })).rejects.toMatchObject({
      ...{ exitCode: 6, hint: "ping ham0" },
    });
  });

  it("is refused for a guest of a @group too, of which that node may be, and not for NODE/GUEST", async () => {
    const groups = "[node.ham0]\ngroups = fast\n[node.ham1]\ngroups = fast\n";
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => lostNode }, groups);
    for (const guest of ["@fast/web*", "@fast/web1"])
      await expect(chooseGuests(cluster, { guests: ["ham0/web1", guest] }, { strict: true })).rejects.toMatchObject({
        ...{ exitCode: 6, hint: "name the node as well: ham0/web1; or ping ham0" },
        message: `${guest} may be on a node that gave no answer: ham1 (lost)`,
      });
    const { guests } = await chooseGuests(cluster, { guests: ["ham0/web1"] }, { strict: true });
    expect(guests).toMatchObject([{ name: "web1" }]);
  });
});

describe("the node of a guest that is to be made", () => {
  const demand = { memory: 1, vcpus: 1, size: 1, firmware: "bios", graphics: "none" } as const;

  it("is none where none answered, and says what is wrong with the first", async () => {
    const wish = (node?: string) => [{ name: "web1", node }];
    const choose = (node: string | undefined, nodes: Parameters<typeof chooseNodes>[1]["nodes"]) => () =>
      chooseNodes(wish(node), { candidates: [], guests: [], reserved: [], nodes }, demand, ["ham0", "ham1"]);
    const silent = [
      { node: "ham0", ...offNode },
      { node: "ham1", ...lostNode },
    ];
    const error = (message: string, hint: string) => expect.objectContaining({ exitCode: 5, message, hint });
    expect(choose(undefined, silent)).toThrow(
      error("no node to build on answered: ham0 (off), ham1 (lost)", "mclu status"),
    );
    expect(choose("ham1", silent)).toThrow(error("no node to build on answered: ham1 (lost)", "ping ham0"));
    expect(choose("ham1", [])).toThrow(error("no node to build on answered", "mclu status"));
  });

  it("is the one that stands before the name; a name stands there once", async () => {
    const cluster = await fakeCluster({ ham0: () => [] });
    expect(wishesOf(cluster, ["ham0/web1", "web2"])).toEqual([
      { node: "ham0", name: "web1" },
      { node: undefined, name: "web2" },
    ]);
    expect(() => wishesOf(cluster, ["web1", "ham0/web1"])).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect(() => wishesOf(cluster, ["ham9/web1"])).toThrow(expect.objectContaining({ exitCode: 4 }));
  });
});

describe("the address by which a guest is reached", () => {
  const macs = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
  const cards = macs.map((mac) => `<interface><mac address='${mac}'/></interface>`).join("");
  const xml = `<domain><name>web1</name><devices>${cards}</devices></domain>`;
  const row = (mac: string, address: string) => ` vnet0      ${mac}    ipv4         ${address}/24\n`;
  const find = async (rows: string, answering: string) => {
    const said = ` Name       MAC address          Protocol     Address\n---\n${rows}`;
    const cluster = await fakeCluster({ ham0: () => [{ ...web1, xml }] }, "", {
      virsh: ([command]) => (command === "domifaddr" ? said : undefined),
      run: (argv) => (argv[0] === "date" ? "2026-11-21 12:00:00\n" : argv.at(-1) === answering ? "SSH-2.0-x\n" : ""),
    });
    return findReachable(cluster, "web1", undefined);
  };

  it("is the only one, or of several the first where an ssh server answers, or the first", async () => {
    const [one, two] = [row(macs[0] ?? "", "10.0.0.5"), row(macs[1] ?? "", "10.0.0.6")];
    expect(await find(one, "")).toMatchObject({ address: "10.0.0.5" });
    expect(await find(one + two, "10.0.0.6")).toMatchObject({ address: "10.0.0.6" });
    expect(await find(one + two, "")).toMatchObject({ address: "10.0.0.5" });
    await expect(find("", "")).rejects.toThrow(/^no address of web1 is known: /);
  });

  it("is none that the ARP table has of its card and that is another machine's; where nobody can tell, it is not certain", async () => {
    const arp = (owner: string) => {
      const said = ` Name       MAC address          Protocol     Address\n---\n${row(macs[0] ?? "", "10.0.0.5")}`;
      return fakeCluster({ ham0: () => [{ ...web1, xml }] }, "", {
        virsh: ([command]) => (command === "domifaddr" ? said : undefined),
        run: (argv) => (argv[2]?.includes("ip route") ? owner : argv[0] === "date" ? "2026-11-21 12:00:00\n" : ""),
      });
    };
    const found = async (owner: string) => findReachable(await arp(owner), "web1", undefined);
    const answering = (mac: string) => Object.values(answersAt("10.0.0.5", mac)).join("");
    await expect(found(answering("52:54:00:00:00:99"))).rejects.toMatchObject({
      exitCode: 6,
      message: "by ARP web1 says that it is at 10.0.0.5, and that is 52:54:00:00:00:99",
    });
    expect(await found(answering(macs[0] ?? ""))).toMatchObject({ address: "10.0.0.5", isCertain: true });
    expect(await found("")).toMatchObject({ address: "10.0.0.5", source: "arp", isCertain: false });
  });

  it("is no lease's whose address another machine has by now; a lease needs nobody who answers", async () => {
    const [mac = ""] = macs;
    const source = xml.replace("<interface>", "<interface type='network'><source network='default'/>");
    const said: Readonly<Record<string, string>> = {
      "net-list": testUuid(9),
      "net-info": "Name:           default\nBridge:         virbr0\n",
      "net-dhcp-leases": ` Expiry Time   MAC address   Protocol   IP address   Hostname   Client ID or DUID\n---\n 2026-11-21 12:30:00   ${mac}   ipv4   10.0.0.5/24   web1   -\n`,
    };
    const leased = (owner: string) =>
      fakeCluster({ ham0: () => [{ ...web1, xml: source }] }, "", {
        virsh: ([command = ""]) => said[command],
        run: (argv) => (argv[2]?.includes("ip route") ? owner : argv[0] === "date" ? "2026-11-21 12:00:00\n" : ""),
      });
    const found = async (owner: string) => findReachable(await leased(owner), "web1", undefined);
    const [stranger, own] = ["52:54:00:00:00:99", mac].map((card) => answersAt("10.0.0.5", card)["10.0.0.5"] ?? "");
    await expect(found(`open\n${stranger}`)).rejects.toMatchObject({
      exitCode: 6,
      message: "a lease says that web1 is at 10.0.0.5, and that is 52:54:00:00:00:99",
    });
    // what the node has of the address may be older than the lease
    for (const owner of [`open\n${own}`, own ?? "", stranger ?? "", ""])
      expect(await found(owner)).toMatchObject({ address: "10.0.0.5", source: "lease", isCertain: true });
  });

  const claim = async (...claimed: Parameters<typeof claimingCluster>) =>
    findReachable(await claimingCluster(...claimed), "web1", undefined);

  it("is none that its agent says and that is its node's, or another machine's", async () => {
    const says = (address: string, owner: string) => ({
      ...{ exitCode: 6, hint: "mclu ip ham0/web1, or mclu console ham0/web1" },
      message: `the agent of web1 says that it is at ${address}, and that is ${owner}`,
    });
    const [one, two] = ["10.0.0.5", "10.0.0.6"];
    await expect(claim([one], { [one]: "node\n" })).rejects.toMatchObject(says(one, "ham0 itself"));
    const stranger = answersAt(one, "52:54:00:00:00:99");
    const both = { [one]: `${Object.values(stranger)}${Object.values(answersAt(one, claimingCards[0]))}` };
    await expect(claim([one], both)).rejects.toMatchObject(says(one, "52:54:00:00:00:99"));
    await expect(claim([one], stranger)).rejects.toMatchObject(says(one, "52:54:00:00:00:99"));
    expect(await claim([one, two], stranger)).toMatchObject({ address: two });
  });

  it("is what its agent says where that is a card of its own; where nobody can tell, it is the last and not certain", async () => {
    const [near, far] = ["10.0.0.5", "192.0.2.5"];
    const own = answersAt(near, claimingCards[0].toUpperCase());
    expect(await claim([near], own)).toMatchObject({ address: near, isCertain: true });
    // its second card, which has no address, answers for the first one's
    expect(await claim([near], answersAt(near, claimingCards[1]))).toMatchObject({ address: near, isCertain: true });
    expect(await claim([far], {})).toMatchObject({ address: far, isCertain: false });
    expect(await claim([far, near], own)).toMatchObject({ address: near, isCertain: true });
  });
});

describe("names that this machine knows", () => {
  it("are the nodes, their groups, and nothing of nodes that are no longer configured", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] }, "groups = fast\n");
    const home = temporaryDirectory();
    mkdirSync(join(home, ".cache/mclu"), { recursive: true });
    writeFileSync(join(home, ".cache/mclu/other"), "no cache of ours");
    const known = knownNames(cluster.config, { HOME: home }, home);
    expect(known).toMatchObject({ nodes: ["ham0", "ham1", "@fast"], guests: [], jobs: [] });
    expect(knownNames({ ...cluster.config, source: null }, { HOME: home }, home).guests).toEqual([]);
  });
});
