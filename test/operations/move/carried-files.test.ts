import { describe, expect, it } from "vitest";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { judgeCarried } from "../../../src/operations/move/carried-files.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const nvram = "/nvram/web1_VARS.fd";
const states = "/var/lib/libvirt/swtpm";
const state = `${states}/${testUuid(1)}`;
const variables = `f 600 root root 540672 ${nvram}\n`;
const tpm = `d 711 root root 4096 ${state}\nd 700 tss tss 4096 ${state}/tpm2\nf 640 tss tss 0 ${state}/tpm2/.lock\nf 600 tss tss 6101 ${state}/tpm2/tpm2-00.permall\n`;

interface World {
  /** What find says on ham0. */
  readonly found: string;
  /** What ham1 has already. */
  readonly there?: readonly string[];
  /** Whether ham1 knows the user of TPMs. */
  readonly knows?: boolean;
  /** Both nodes see the files. */
  readonly shared?: boolean;
  readonly xml?: string;
  readonly hasTpm?: boolean;
}

/** What a guest of ham0 that is off takes along to ham1. */
async function judge({ found, there = [], knows = true, shared = false, xml = "", hasTpm = true }: World) {
  const fileSystem = shared ? "nfs" : "ext2/ext3";
  const at = (paths: readonly string[]) => fakeFiles(Object.fromEntries(paths.map((path) => [path, { fileSystem }])));
  const guest = { name: "web1", uuid: testUuid(1), state: "shut off" as const, xml: oddXml("") };
  const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
    run: (argv, node) => {
      if (argv[2]?.includes("find ")) return found;
      const known: Record<string, string> = { root: "0", ...(knows && { tss: "110" }) };
      if (argv[2]?.includes("getent")) {
        const names = argv.slice(5);
        return names.map((name) => `${known[name] ?? "none"}\n`).join("");
      }
      // the probe that is made on one node is there on the other
      if (argv.at(-1)?.includes(".mclu-probe-")) return shared ? (at([argv.at(-1) ?? ""])(argv) ?? "") : undefined;
      return at(node === "ham0" ? [state, nvram] : there)(argv);
    },
  });
  const [one = expect.fail("no guest")] = (await findGuests(cluster, ["ham0/web1"])).guests;
  return judgeCarried(one, { nvram, hasTpm, xml }, cluster.node("ham1"), undefined);
}

describe("what a guest that is off takes along", () => {
  it("is its UEFI variables and its TPM's state, with the numbers that their owners have there", async () => {
    const root = { owner: 0, group: 0 };
    const tss = { owner: 110, group: 110 };
    expect(await judge({ found: `${variables}${tpm}` })).toEqual({
      files: [
        { label: "nvram", path: nvram, size: 540672, rights: { mode: "600", ...root } },
        {
          ...{ label: "tpm2-00.permall", path: `${state}/tpm2/tpm2-00.permall`, size: 6101 },
          rights: { mode: "600", ...tss },
        },
      ],
      places: [
        { directory: "/nvram", made: false, rights: null },
        { directory: states, made: true, rights: null },
        { directory: state, made: true, rights: { mode: "711", ...root } },
        { directory: `${state}/tpm2`, made: true, rights: { mode: "700", ...tss } },
      ],
      tpm: state,
      obstacles: [],
    });
  });

  it("is nothing where it never started, and no TPM's state where it has none", async () => {
    const nothing = { files: [], places: [], tpm: null, obstacles: [] };
    expect(await judge({ found: "" })).toEqual(nothing);
    expect(await judge({ found: variables, hasTpm: false })).toMatchObject({ tpm: null, files: [{ label: "nvram" }] });
  });

  it("keeps a number that has no name", async () => {
    const { files } = await judge({ found: variables.replace("root root", "4711 4712") });
    expect(files[0]?.rights).toEqual({ mode: "600", owner: 4711, group: 4712 });
  });

  it.each<[string, World, string]>([
    [
      "an owner that the target lacks",
      { found: tpm, knows: false },
      `it has not the user tss and the group tss, whose ${state}/tpm2 is`,
    ],
    [
      "a link",
      { found: `${tpm}l 777 root root 3 ${state}/tpm2/l\n` },
      `${state}/tpm2/l of the guest is no file that can be copied`,
    ],
    [
      "a directory in place of its variables",
      { found: `d 700 root root 1 ${nvram}\n` },
      `${nvram} of the guest is no file that can be copied`,
    ],
    ["another state of a TPM there", { found: tpm, there: [state] }, `it has another state of a TPM at ${state}`],
    [
      "a TPM that both nodes see",
      { found: tpm, there: [state], shared: true },
      `both nodes see ${state}, the state of the guest's TPM`,
    ],
    [
      "a TPM with a place of its own",
      {
        found: tpm,
        xml: "<tpm model='tpm-crb'><backend type='emulator'><source type='dir' path='/x'/></backend></tpm>",
      },
      "the state of the guest's TPM has a place of its own",
    ],
  ])("does not go with %s", async (_what, world, why) => {
    const { obstacles } = await judge(world);
    expect(obstacles.map((one) => one.why)).toEqual([why]);
    expect(obstacles[0]?.fix).toMatch(/mclu|swtpm/);
  });
});
