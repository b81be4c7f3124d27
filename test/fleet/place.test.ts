import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDomainCapabilities } from "../../src/libvirt/domain-capabilities.ts";
import { type DomainDefinition, domainDefinition } from "../../src/libvirt/domain-definition.ts";
import { osIdOf } from "../../src/libvirt/os-id.ts";
import { loadTemplate } from "../../src/operations/load-template.ts";
import { definition } from "../support/definitions.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

const shipped = fileURLToPath(new URL("../../templates", import.meta.url));

/** Has libvirt's schema judge XML, which is /tmp/guest.xml of the node then. */
async function validate(node: FleetNode, xml: string): Promise<void> {
  const encoded = Buffer.from(xml).toString("base64");
  await node.enter(`set -e; echo ${encoded} | base64 -d >/tmp/guest.xml; virt-xml-validate /tmp/guest.xml domain`);
}

/** Has libvirt define a guest, strictly. */
async function define(node: FleetNode, xml: string): Promise<void> {
  await validate(node, xml);
  await node.enter("virsh -q define --validate /tmp/guest.xml");
}

describe("choosing a node for a guest", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.135.1", nodes: 4, kinds: { ham1: "sudo", ham2: "jump" } });
    user = await fleetUser(fleet, { config: (text) => text.replace("[node.ham1]\n", "[node.ham1]\nweight = 2\n") });
  });
  afterAll(() => fleet?.down());

  it("takes the one with the highest score of those that answer", async () => {
    await fleet.off("ham3");
    const { code, stdout, stderr } = await user.mclu(["place", "-o", "json"]);
    expect([code, stderr]).toEqual([0, "off: ham3\n"]);
    const report = parseDocument(stdout) as unknown as { chosen: string; fits: { node: string }[] };
    expect(report.chosen).toBe("ham1");
    expect(report.fits.map(({ node }) => node)).toEqual(["ham0", "ham1", "ham2"]);
    expect((await user.mclu(["place", "-o", "name", "ham0", "ham2"])).stdout).toBe("ham0\n");
    await fleet.on("ham3");
  });

  it("leaves a node out that lacks what the guest needs, and says what", async () => {
    await fleet.node("ham1").enter("virsh -q pool-destroy default");
    const { stdout } = await user.mclu(["place", "--network", "nowhere", "--size", "900T"]);
    expect(stdout).toMatch(/^ham1 .* pool default is not active; network nowhere is not active$/m);
    expect(stdout).toMatch(/^ham0 .* pool default: 900T wanted, \S+ free; network nowhere is not active$/m);
    await fleet.node("ham1").enter("virsh -q pool-start default");
  });

  it("clones an image on the best of the nodes that have it, by Maglica's spelling too, and never elsewhere", {
    timeout: 200_000,
  }, async () => {
    const image = "SL6-original";
    // the node without the image would be the best of all
    const other = await fleetUser(fleet, {
      config: (text) =>
        text
          .replace("[node.ham1]\n", "[node.ham1]\nweight = 2\n")
          .replace("[node.ham3]\n", "[node.ham3]\nweight = 9\n"),
    });
    const holders = ["ham0", "ham1", "ham2"];
    for (const name of holders) {
      await fleet.node(name).enter(`virsh -q undefine ${image} 2>/dev/null || :`);
      await fleet.define(name, [image], { template: "none" });
    }
    const clone = (name: string, ...more: string[]) =>
      other.mclu(["clone", image, name, "--no-start", "-o", "name", ...more]);
    const place = async () => {
      const { stdout } = await other.mclu(["place", "-o", "json"]);
      return parseDocument(stdout) as unknown as { chosen: string; fits: { node: string; free: number }[] };
    };
    expect((await place()).chosen).toBe("ham3");
    const first = ["vm", "clone", `--image=${image}`, "--hostname=vm0.example.jp", "--start", "no", "-o", "name"];
    expect(await other.mclu(first)).toMatchObject({ code: 0, stdout: "ham1/vm0.example.jp\n" });
    // with a guest that takes most of its memory its weight does not help
    const free = (await place()).fits.find(({ node }) => node === "ham1")?.free ?? 0;
    const memory = Math.floor((0.6 * free) / 1024 ** 2);
    await fleet.define("ham1", ["heavy"], { template: "none", memory });
    await fleet.node("ham1").enter("virsh -q start --paused heavy");
    expect(await clone("vm1")).toMatchObject({ code: 0, stdout: "ham0/vm1\n" });
    await fleet.node("ham0").enter("virsh -q pool-destroy default");
    expect(await clone("vm2")).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ham[12]\/vm2\n$/) });
    for (const name of ["ham1", "ham2"]) await fleet.node(name).enter("virsh -q pool-destroy default");
    const none = await clone("vm3");
    expect([none.code, none.stderr]).toEqual([6, expect.stringContaining("no node can take vm3\n")]);
    expect(none.stderr).not.toContain("ham3");
    expect(await fleet.node("ham3").enter("virsh -q list --all --name")).toBe("");
    for (const name of holders) await fleet.node(name).enter("virsh -q pool-start default");
    // where it is wanted elsewhere, it is copied there first, which is said
    const wanted = await clone("ham3/vm4", "--dry-run");
    expect([wanted.code, wanted.stdout]).toEqual([0, expect.stringContaining(`copy ham0/${image} to ham3`)]);
  });

  it.each<[string, Partial<DomainDefinition>]>([
    ["bios", { firmware: "bios" }],
    ["uefi", { firmware: "uefi" }],
    ["spice", { graphics: "spice" }],
    ["no screen", { graphics: "none" }],
    ["a bridge", { network: { kind: "bridge", name: "br0" } }],
    ["a raw disk, and an unknown system", { disk: { path: "/d/a.img", format: "raw" }, os: undefined }],
  ])("defines a guest that libvirt has nothing against, %s", async (what, different) => {
    const node = fleet.node("ham0");
    const capabilities = parseDomainCapabilities(await node.enter("virsh domcapabilities --machine q35"));
    const name = `it's <a> & "b" 漢 ${what}`;
    const disk = { path: "/var/lib/libvirt/images/a b.qcow2", format: "qcow2" } as const;
    const guest = definition({ name, disk, ...different });
    await define(node, domainDefinition(guest, capabilities));
    const { stdout } = await user.mclu(["info", `ham0/${guest.uuid}`, "-o", "json"]);
    expect(JSON.parse(stdout).guests[0]).toMatchObject({ name, uuid: guest.uuid, state: "shut off" });
    await node.enter(`virsh -q undefine --nvram ${guest.uuid}`);
  });

  it.each(["bios", "uefi"] as const)(
    "writes for KVM, which is not here, what libvirt's schema accepts, %s",
    async (firmware) => {
      const node = fleet.node("ham0");
      const capabilities = parseDomainCapabilities(await node.enter("virsh domcapabilities --machine q35"));
      await validate(node, domainDefinition(definition({ firmware }), { ...capabilities, type: "kvm" }));
    },
  );

  it("defines the guest of every template that comes with mclu", async () => {
    const node = fleet.node("ham0");
    const capabilities = parseDomainCapabilities(await node.enter("virsh domcapabilities --machine q35"));
    for (const name of readdirSync(shipped).map((file) => file.replace(/\.conf$/, ""))) {
      const { recipe } = await loadTemplate({ templates: [shipped] }, name, { cwd: "/" });
      const { memory, vcpus, firmware, graphics } = recipe;
      const guest = definition({ name, memory, vcpus, firmware, graphics, os: osIdOf(recipe.os ?? "") });
      await define(node, domainDefinition(guest, capabilities));
      await node.enter(`virsh -q undefine --nvram ${guest.uuid}`);
    }
  });
});
