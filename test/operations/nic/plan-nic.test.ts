import { describe, expect, it } from "vitest";
import { planAddNic, readMac, readModel } from "../../../src/operations/nic/add.ts";
import { listNics } from "../../../src/operations/nic/list.ts";
import { planRemoveNic } from "../../../src/operations/nic/remove.ts";
import { type NicSettings, parseNicSettings, planSetNic } from "../../../src/operations/nic/set.ts";
import { fakeCluster, lostNode } from "../../support/fake-host.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddXml,
  targetOf,
  transient,
} from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const mac = "52:54:00:00:00:01";
const card = (inner = "", address = mac) =>
  `<interface type='network'><mac address='${address}'/><source network='default'/>${inner}</interface>`;
const set = async (guest: OddGuest, wanted: NicSettings, which?: string) =>
  targetOf(planSetNic(await oddCluster(guest), oddChoice, which, wanted));
const bridge = { network: { kind: "bridge", name: "br0" } } as const;

describe("what is typed of a card", () => {
  it("is read, or refused with what was expected", () => {
    expect(parseNicSettings(["network=bridge:br0", "model=e1000e", "link=up"])).toEqual({
      ...bridge,
      ...{ model: "e1000e", link: "up" },
    });
    for (const words of [[], ["speed=1"], ["link"], ["link=maybe"]])
      expect(() => parseNicSettings(words)).toThrow(expect.objectContaining({ exitCode: 2 }));
    expect([readModel("rtl8139"), readMac("52:54:00:AA:00:01")]).toEqual(["rtl8139", "52:54:00:aa:00:01"]);
    for (const text of ["", "a b", "x'y"]) expect(() => readModel(text)).toThrow("not a model of a network card");
    for (const text of ["53:54:00:00:00:01", "52:54"]) expect(() => readMac(text)).toThrow("the second digit even");
  });
});

describe("which card is meant", () => {
  it.each<[string, string, string | undefined, string]>([
    ["none is there", "", undefined, "which card is meant is not plain: it has none"],
    ["a card has no address", "<interface type='user'/>", undefined, "which card is meant is not plain: it has none"],
    ["another is named", card(), "52:54:00:00:00:02", `it has no card 52:54:00:00:00:02: it has ${mac}`],
    ["there are two", card() + card("", "52:54:00:00:00:02"), undefined, "which card is meant is not plain: it has 5"],
  ])("is refused where %s", async (_what, devices, which, why) => {
    const refused = { verdict: "refused", why: expect.stringContaining(why), hint: "mclu nic list ham0/web1" };
    expect(await set({ devices }, { link: "down" }, which)).toMatchObject(refused);
    expect(await targetOf(planRemoveNic(await oddCluster({ devices }), oddChoice, which))).toMatchObject(refused);
  });
});

describe("nic set", () => {
  it("moves a card that has no network, and gives one a model", async () => {
    const bare = `<interface type='user'><mac address='${mac}'/></interface>`;
    const one = await set(
      { devices: bare, virsh: ([word]) => (word === "net-list" ? "lab\n" : undefined) },
      {
        network: { kind: "network", name: "lab" },
        model: "e1000e",
      },
    );
    expect(one).toMatchObject({ will: `set network=lab model=e1000e of ${mac}`, difference: expect.any(String) });
    const difference = one.verdict === "change" ? (one.difference ?? "") : "";
    expect(difference).toMatch(/^\+ +<source network="lab"\/>\n\+ +<model type="e1000e"\/>$/m);
  });

  it("moves a card to another network, and leaves one that is there", async () => {
    const virsh = ([word]: readonly string[]) => (word === "net-list" ? "default\nlab\n" : undefined);
    const to = (name: string) => set({ devices: card(), virsh }, { network: { kind: "network", name } });
    expect(commandsOf(await to("lab"))).toEqual(["has", "update-device /dev/stdin --config"]);
    expect(await to("default")).toMatchObject({ verdict: "already" });
  });

  it("changes a transient guest's card now, and refuses what would need a next start", async () => {
    const one = await set({ ...transient, devices: card() }, { link: "down", ...bridge });
    expect(commandsOf(one)).toEqual(["has", "update-device /dev/stdin --live", `domif-setlink ${mac} down`]);
    expect(one).toMatchObject({ difference: "" });
    expect(await set({ ...transient, devices: card("<model type='virtio'/>") }, { model: "e1000e" })).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("the guest is transient"),
    });
  });

  it("does nothing where it is so already", async () => {
    const devices = card("<link state='down'/><model type='virtio'/>");
    for (const guest of [{ devices }, { devices, ...transient }])
      expect(await set(guest, { link: "down", model: "virtio" })).toMatchObject({ verdict: "already" });
  });

  it("leaves the definition alone where the running guest has the card", async () => {
    const one = await set({ state: "running", devices: card(), next: oddXml("") }, { link: "down" });
    expect(one).toMatchObject({ verdict: "change", difference: "" });
    expect(commandsOf(one)).toEqual(["has", `domif-setlink ${mac} down`]);
  });

  it("goes on only where the card is as it was seen, now and at the next start", async () => {
    const [now, next] = [card(), card("<model type='virtio'/>", mac.toUpperCase())];
    const one = await set({ state: "running", devices: now, next: oddXml(next) }, { link: "down" });
    expect(one.verdict === "change" ? one.actions.slice(0, 2) : one).toMatchObject([
      { has: ["dumpxml", testUuid(1)], text: now },
      { has: ["dumpxml", testUuid(1), "--inactive"], text: next },
    ]);
  });
});

describe("nic remove", () => {
  it("takes a card from what the guest is, where that alone has it", async () => {
    const cluster = await oddCluster({ state: "running", devices: card(), next: oddXml("") });
    expect(commandsOf(await targetOf(planRemoveNic(cluster, oddChoice, undefined)))).toEqual([
      "detach-device /dev/stdin --live",
      "until",
    ]);
    const typeless = await oddCluster({ devices: card().replace("type='network'", "") });
    expect(commandsOf(await targetOf(planRemoveNic(typeless, oddChoice, mac)))).toEqual([
      "detach-device /dev/stdin --config",
    ]);
  });

  it.each([
    ["without ACPI", "x86_64", "", "stop --force", true],
    ["with ACPI", "x86_64", "<features><acpi/></features>", "stop", false],
    ["whose card alone has an ACPI index", "x86_64", "", "stop --force", true],
    [
      "whose tables are the user's",
      "x86_64",
      "<os><acpi><table type='slic'>/t</table></acpi></os>",
      "stop --force",
      true,
    ],
    ["of a kind that knows no ACPI", "s390x", "", "stop", false],
  ])("says what to do where a guest %s gives nothing back", async (what, arch, more, how, waits) => {
    const devices = card(what.includes("index") ? "<acpi index='1'/>" : "");
    const xml = oddXml(devices).replace("x86_64", arch).replace("<devices>", `${more}<devices>`);
    const removed = async (guest: OddGuest) => targetOf(planRemoveNic(await oddCluster(guest), oddChoice, undefined));
    const insteadOf = (one: Awaited<ReturnType<typeof removed>>) =>
      one.verdict === "change" ? one.actions.flatMap((action) => ("until" in action ? [action.instead] : [])) : one;
    const place = "ham0/web1";
    const again = expect.stringContaining(`: mclu ${how} ${place}, the same command again, mclu start ${place}`);
    const one = await removed({ state: "running", xml, next: xml });
    expect([one, insteadOf(one)]).toMatchObject([{ unpluggable: again }, [waits ? again : undefined]]);
    // what its definition has not is gone then
    const now = await removed({ state: "running", xml, next: oddXml("") });
    const off = expect.stringContaining(`: mclu ${how} ${place}, mclu start ${place}`);
    expect([now, insteadOf(now)]).toMatchObject([{ unpluggable: off }, [waits ? off : undefined]]);
    for (const guest of [{ xml }, { ...transient, xml }])
      expect(await removed(guest)).not.toHaveProperty("unpluggable");
  });

  it("takes it out by what it is now and by what it will be, which differ on a network of a bridge", async () => {
    const bridged = `<interface type='bridge'><mac address='${mac}'/><source network='lan' bridge='br0'/></interface>`;
    const cluster = await oddCluster({ state: "running", devices: bridged, next: oddXml(card()) });
    const one = await targetOf(planRemoveNic(cluster, oddChoice, undefined));
    // a guest that keeps the card keeps it in its definition
    const why = "the guest has not let go of it (it may still be booting): its definition has it still";
    expect(one.verdict === "change" ? one.actions : one).toEqual([
      { virsh: ["detach-device", testUuid(1), "/dev/stdin", "--live"], input: bridged },
      expect.objectContaining({ until: ["dumpxml", testUuid(1)], lacks: `<mac address='${mac}'/>`, why }),
      { virsh: ["detach-device", testUuid(1), "/dev/stdin", "--config"], input: card() },
    ]);
    const virsh = ([word]: readonly string[]) => (word === "net-list" ? "lan\n" : undefined);
    const lan = { network: { kind: "network", name: "lan" } } as const;
    expect(await set({ ...transient, devices: bridged, virsh }, lan)).toMatchObject({ verdict: "already" });
  });
});

describe("nic add", () => {
  it("refuses a network that the node has not, and an address that a guest has", async () => {
    const cluster = await oddCluster({
      devices: card(),
      virsh: ([word]) => (word === "net-list" ? "default\n" : undefined),
    });
    const add = (options: Parameters<typeof planAddNic>[2]) => targetOf(planAddNic(cluster, oddChoice, options));
    expect(await add({ network: { kind: "network", name: "lab" } })).toMatchObject({
      ...{ verdict: "refused", why: "ham0 has no active network lab", hint: "mclu virsh ham0 -- net-list --all" },
    });
    expect(await add({ mac })).toMatchObject({ verdict: "refused", why: `ham0/web1 has a card ${mac} already` });
    expect(commandsOf(await add({ mac: "52:54:00:00:00:02", model: "e1000" }))).toEqual([
      "attach-interface network default --mac 52:54:00:00:00:02 --model e1000 --config",
    ]);
  });

  it("looks for its address on every node that answers", async () => {
    const one = (at: number, address: string) => ({
      name: `web${at}`,
      uuid: testUuid(at),
      xml: oddXml(card("", address)),
    });
    const nodes = { ham0: () => [one(1, mac)], ham1: () => lostNode, ham2: () => [one(2, "52:54:00:00:00:02")] };
    const cluster = await fakeCluster(nodes, "", {
      virsh: ([word]) => (word === "net-list" ? "default\n" : undefined),
    });
    const add = (address: string) => targetOf(planAddNic(cluster, { guests: ["ham0/web1"] }, { mac: address }));
    expect(await add("52:54:00:00:00:02")).toMatchObject({ why: "ham2/web2 has a card 52:54:00:00:00:02 already" });
    expect(await add("52:54:00:00:00:03")).toMatchObject({ verdict: "change" });
  });

  it("gives an address to one guest, and each of several a new one", async () => {
    const guests = [1, 2].map((at) => ({ name: `web${at}`, uuid: testUuid(at), xml: oddXml("") }));
    const cluster = await fakeCluster({ ham0: () => guests }, "", {
      virsh: ([word]) => (word === "net-list" ? "default\n" : undefined),
    });
    const add = (pattern: string, options = {}) => planAddNic(cluster, { guests: [pattern] }, options);
    await expect(add("web*", { mac })).rejects.toMatchObject({
      ...{ exitCode: 2, message: "one MAC cannot be that of 2 guests", hint: "name one guest, or leave --mac out" },
    });
    expect((await add("web[1]", { mac })).targets).toMatchObject([{ verdict: "change", done: `added ${mac}` }]);
    const { targets } = await add("web*");
    expect(new Set(targets.map((target) => target.verdict === "change" && target.done)).size).toBe(2);
  });

  it("has nowhere to show it in a definition without devices", async () => {
    const xml = "<domain type='qemu'><name>web1</name></domain>";
    const cluster = await oddCluster({ xml, virsh: ([word]) => (word === "net-list" ? "default\n" : undefined) });
    expect(await targetOf(planAddNic(cluster, oddChoice))).toMatchObject({ verdict: "change", difference: "" });
  });
});

it("nic list shows what a transient guest has now, and each card of another once", async () => {
  const names = async (guest: OddGuest) => (await listNics(await oddCluster(guest), ["web1"])).guests[0]?.devices;
  expect(await names({ ...transient, devices: card() })).toMatchObject([{ mac, now: true, next: false }]);
  const next = oddXml(card() + card("", "52:54:00:00:00:02"));
  expect(await names({ state: "running", devices: card(), next })).toMatchObject([
    { mac, now: true, next: true },
    { mac: "52:54:00:00:00:02", now: false, next: true },
  ]);
});
