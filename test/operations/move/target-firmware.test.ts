import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { unlikeBootFiles } from "../../../src/operations/move/target-boot.ts";
import { judgeNvram } from "../../../src/operations/move/target-firmware.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { type FakeAnswers, type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

interface World {
  readonly state: FakeGuest["state"];
  /** Checksums of what the guest starts from, by node and path. */
  readonly sums: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly loaders: readonly string[];
  /** What every command answers, instead. */
  readonly run: FakeAnswers["run"];
}

/** What stands against a guest of ham0 with this in its <os>, on ham1 which has these files and directories. */
async function judge(
  os: string,
  there: readonly string[],
  { state = "running", sums = {}, loaders = [], run }: Partial<World> = {},
) {
  const files = fakeFiles(Object.fromEntries(there.map((path) => [path, {}])));
  const guest = { name: "web1", uuid: testUuid(1), state, xml: oddXml("").replace("</os>", `${os}</os>`) };
  const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
    run:
      run ??
      ((argv, node) => {
        if (!argv[2]?.includes("sha256sum")) return node === "ham1" ? files(argv) : fakeFiles({})(argv);
        const paths = argv.slice(4);
        return paths.map((path) => `${(sums[node]?.[path] ?? "0").repeat(64)}  -\n`).join("");
      }),
  });
  const [found = expect.fail("no guest")] = (await findGuests(cluster, ["ham0/web1"])).guests;
  const [look] = await found.node.ask(guestLookQuery([found.uuid]));
  const seen = look ?? expect.fail("no look");
  const target = cluster.node("ham1");
  const { nvram, obstacles } = await judgeNvram(found, seen, target, undefined);
  return { nvram, obstacles, unlike: await unlikeBootFiles(found, seen, { node: target, loaders }, undefined) };
}

const nvram = "<nvram>/nvram/it's</nvram>";

describe("the UEFI variables of a guest that moves", () => {
  it("are carried over where their directory is there, and nothing for a guest without", async () => {
    expect(await judge(nvram, ["/nvram"])).toMatchObject({
      nvram: { path: "/nvram/it's", way: "copied" },
      obstacles: [],
    });
    // whatever a guest of that name has left where libvirt keeps those that it makes
    const remote =
      "<loader type='pflash'>/fw</loader><nvram type='network'><source protocol='iscsi' name='a'/></nvram>";
    expect(await judge(remote, [], { state: "shut off" })).toMatchObject({ nvram: null, obstacles: [] });
    expect(await judge("", [])).toEqual({ nvram: null, obstacles: [], unlike: [] });
  });

  it("want that directory, and no other file in their place", async () => {
    expect((await judge(nvram, [])).obstacles).toEqual([
      {
        why: "it has no directory /nvram, where the guest's UEFI variables have to be",
        fix: "mclu exec ham1 -- mkdir -p /nvram",
      },
    ]);
    const [taken] = (await judge(nvram, ["/nvram", "/nvram/it's"])).obstacles;
    expect(taken?.why).toBe("it has another file /nvram/it's");
    expect(taken?.fix).toContain("mclu exec ham1 -- ls -l '/nvram/it'\\''s'");
  });

  it("stay where they are on storage that both nodes have", async () => {
    const seen = () => "1:1 4096 1:1 nfs | regular file | regular file\n";
    expect(await judge(nvram, [], { state: "shut off", run: seen })).toMatchObject({
      nvram: { path: "/nvram/it's", way: "shared" },
      obstacles: [],
    });
  });

  it("want a guest that runs: nothing of them is in a file before", async () => {
    const { obstacles } = await judge(nvram, ["/nvram"], { state: "paused" });
    expect(obstacles).toMatchObject([{ fix: "mclu resume ham0/web1, and move it while it runs" }]);
  });

  it("are refused under a path that no list of files can hold", async () => {
    for (const path of ["/nvram/a&#10;b", "relative"])
      expect((await judge(`<nvram>${path}</nvram>`, ["/nvram"])).obstacles).toMatchObject([
        { why: "the path of the guest's UEFI variables is one that cannot be moved", fix: "mclu info ham0/web1" },
      ]);
  });
});

it("what a guest starts from has to be on the target, and its fix says from where", async () => {
  const os = "<loader type='pflash'>/fw/code.fd</loader><kernel>/boot/my kernel</kernel><initrd>/boot/initrd</initrd>";
  expect((await judge(os, ["/boot/initrd"])).unlike).toEqual([
    {
      why: "it has no /boot/my kernel, which the guest starts from",
      fix: "copy '/boot/my kernel' from ham0 to the same place on ham1",
    },
    {
      why: "it has no /fw/code.fd, which the guest starts from",
      fix: "on ham1: install the package that ham0 has it from (mclu exec ham0 -- dpkg -S /fw/code.fd, or rpm -qf)",
    },
  ]);
});

it("what a guest starts from has to be the same there, but for firmware that libvirt there has for anybody", async () => {
  const os = "<loader type='pflash'>/fw/code.fd</loader><kernel>/boot/k</kernel>";
  const there = ["/fw/code.fd", "/boot/k"];
  const sums = { ham0: { "/boot/k": "a", "/fw/code.fd": "a" }, ham1: { "/boot/k": "b", "/fw/code.fd": "b" } };
  const fix = (path: string) =>
    `scp -3 ham0:${path} ham1:${path} where no guest of ham1 starts from it; or mclu edit ham0/web1`;
  expect((await judge(os, there, { sums })).unlike).toEqual(
    ["/boot/k", "/fw/code.fd"].map((path) => ({
      why: `it has another file ${path}, which the guest starts from`,
      fix: fix(path),
    })),
  );
  expect((await judge(os, there, { sums, loaders: ["/fw/code.fd"] })).unlike).toMatchObject([{ fix: fix("/boot/k") }]);
  expect((await judge(os, there)).unlike).toEqual([]);
});
