import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { reservationKey } from "../../../src/node/jobs/reservation.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeTarget } from "../../../src/operations/move/judge-target.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const cards = `<interface type='network'><source network="it's a"/></interface><interface type='bridge'><source bridge='br0'/></interface>`;
const withCpu = (mode: string) => oddXml(cards).replace("</os>", `</os><cpu mode='${mode}'/>`);
const jobId = "20261122T010000-bbbbbbbb";
const host = "<capabilities><host><cpu><arch>x86_64</arch></cpu></host></capabilities>";

interface Case {
  /** The guest that is to move, on ham0. */
  readonly guest?: Partial<FakeGuest>;
  /** What ham1 has. */
  readonly there?: readonly FakeGuest[];
  /** A name and MiB that somebody has for himself there. */
  readonly reserved?: { readonly name: string; readonly memory: number; readonly stale?: "yes" };
  readonly networks?: string;
  readonly settings?: string;
  readonly capabilities?: string;
  readonly domcapabilities?: string;
  /** A word of what fails there, saying this. */
  readonly fails?: readonly [string, string];
}

/** What stands against a guest on ham1, and the CPU that its libvirt was asked to compare. */
async function judge({ guest = {}, there = [], reserved, settings = "", fails, ...said }: Case) {
  const { networks = "it's a\n", capabilities = host, domcapabilities } = said;
  const compared: string[] = [];
  const own: FakeGuest = { name: "web1", uuid: testUuid(1), xml: oddXml(cards), ...guest };
  const run = (argv: readonly string[]) => {
    const compare = argv.find((word) => word.endsWith("cpu-compare"));
    if (compare !== undefined) compared.push(`${compare} ${argv[4]}`);
    if (fails && argv.some((word) => word.includes(fails[0]))) return { code: 1, texts: [fails[1]] };
    if (argv.includes("domcapabilities")) return domcapabilities;
    if (!reserved || !argv[2]?.includes('look_at "$each" show')) return undefined;
    const { name, memory, stale = "no" } = reserved;
    const hex = Buffer.from(name).toString("hex");
    return ["name", reservationKey(name), jobId, memory * 1024 ** 2, 1, 1, "yes", stale, hex].join("\t");
  };
  const cluster = await fakeCluster({ ham0: () => [own], ham1: () => there }, settings, {
    virsh: ([command]) => ({ "net-list": networks, capabilities })[command ?? ""],
    run,
  });
  const [found = expect.fail("no guest")] = (await findGuests(cluster, ["ham0/web1"])).guests;
  const [look] = await found.node.ask(guestLookQuery([found.uuid]));
  const obstacles = await judgeTarget(found, look ?? expect.fail("no look"), cluster.node("ham1"), undefined);
  return { obstacles: obstacles.map(({ why, fix }) => `${why} | ${fix}`), compared };
}

describe("what stands against a guest on the node it is to move to", () => {
  it.each<[string, Case, string]>([
    [
      "a guest of its name",
      { there: [{ name: "web1", uuid: testUuid(2) }] },
      "there is a guest ham1/web1 already, of the same name | mclu info ham1/web1",
    ],
    [
      "a guest of its UUID",
      { there: [{ name: "old web", uuid: testUuid(1), state: "shut off" }] },
      "there is a guest ham1/old web already, of the same UUID | mclu info 'ham1/old web'",
    ],
    [
      "somebody who builds one of its name",
      { reserved: { name: "web1", memory: 1 } },
      "there is a guest ham1/web1 already, of the same name | mclu info ham1/web1",
    ],
    [
      "too little memory, what is reserved counted",
      { settings: "host-reserve = 7G\n", reserved: { name: "db", memory: 8.5 * 1024 } },
      "memory: 1G wanted, 512M free | mclu status, mclu list --node ham1",
    ],
    [
      "memory that nobody can tell",
      { there: [{ name: "db", uuid: testUuid(2), state: null }] },
      "memory: 1G wanted, unknown free | mclu status, mclu list --node ham1",
    ],
    [
      "a network that is not active",
      { networks: "default\n" },
      `it has no active network it's a | mclu virsh ham1 -- net-start 'it'\\''s a'; where it has none, net-define it as ham0 has it`,
    ],
    [
      "no such bridge",
      { fails: ["/br0/", ""] },
      "it has no bridge br0 | make the bridge br0 on ham1, or: mclu nic set ham0/web1 network=NETWORK",
    ],
    [
      "no such card as one of the guest's lies directly on",
      {
        guest: { xml: oddXml(`${cards}<interface type='direct'><source dev='eth7' mode='bridge'/></interface>`) },
        fails: ["/net/eth7", ""],
      },
      "it has no network card eth7, which a card of the guest lies directly on | mclu exec ham1 -- ip link, and mclu edit ham0/web1; or mclu nic set ham0/web1 network=NETWORK",
    ],
    [
      "no such machine",
      { fails: ["domcapabilities", "error: no pc there\n"] },
      "its qemu cannot be such a machine: no pc there | mclu virsh ham1 -- domcapabilities",
    ],
    [
      "a lesser CPU",
      { guest: { xml: withCpu("custom") }, fails: ["hypervisor-cpu-compare", "error: it lacks avx\n"] },
      "its CPU is not enough for the running guest: it lacks avx | mclu stop ham0/web1, and move it while it is off",
    ],
    [
      "no emulator of the TPM that it has",
      {
        guest: { xml: oddXml(`${cards}<tpm model='tpm-crb'><backend type='emulator' version='2.0'/></tpm>`) },
        domcapabilities:
          "<domainCapabilities><tpm supported='no'><enum name='backendModel'/></tpm></domainCapabilities>",
      },
      "its libvirt has no emulator of TPMs | install swtpm and swtpm-tools on ham1",
    ],
    [
      "another libvirt",
      { settings: "uri = qemu:///session\n" },
      "it has libvirt at qemu:///session, and a move wants qemu:///system | mclu config show",
    ],
  ])("is %s, with what mends it", async (_what, world, expected) => {
    expect((await judge(world)).obstacles).toEqual([expected]);
  });

  it("is nothing where all is there, and where what was reserved counts no more", async () => {
    const stale = { name: "web1", memory: 99 * 1024, stale: "yes" } as const;
    expect(await judge({ reserved: stale })).toEqual({ obstacles: [], compared: [] });
  });

  it("is not memory or CPU where the guest is off", async () => {
    const guest = { state: "shut off", xml: withCpu("custom") } as const;
    expect(await judge({ guest, settings: "host-reserve = 99G\n" })).toEqual({ obstacles: [], compared: [] });
  });

  it("is the node's CPU for a guest that sees all of it, where libvirt says what that is", async () => {
    const guest = { xml: withCpu("host-passthrough") };
    expect((await judge({ guest })).compared).toEqual(["cpu-compare <cpu><arch>x86_64</arch></cpu>"]);
    for (const capabilities of ["", "<capabilities><host/></capabilities>"])
      expect((await judge({ guest, capabilities })).compared).toEqual([]);
  });
});
