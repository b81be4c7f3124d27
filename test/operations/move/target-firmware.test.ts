import { describe, expect, it } from "vitest";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { missingBootFiles } from "../../../src/operations/move/target-boot.ts";
import { judgeNvram } from "../../../src/operations/move/target-firmware.ts";
import { fakeFiles } from "../../support/fake-files.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

/** What stands against a guest of ham0 with this in its <os>, on ham1 which has these files and directories. */
async function judge(os: string, there: readonly string[], state: FakeGuest["state"] = "running") {
  const files = fakeFiles(Object.fromEntries(there.map((path) => [path, {}])));
  const guest = { name: "web1", uuid: testUuid(1), state, xml: oddXml("").replace("</os>", `${os}</os>`) };
  const cluster = await fakeCluster({ ham0: () => [guest], ham1: () => [] }, "", {
    run: (argv, node) => (node === "ham1" ? files(argv) : fakeFiles({})(argv)),
  });
  const [found = expect.fail("no guest")] = (await findGuests(cluster, ["ham0/web1"])).guests;
  const [look] = await found.node.ask(guestLookQuery([found.uuid]));
  const seen = look ?? expect.fail("no look");
  const target = cluster.node("ham1");
  const { nvram, obstacles } = await judgeNvram(found, seen, target, undefined);
  return { nvram, obstacles, missing: await missingBootFiles(seen, found.node, target, undefined) };
}

const nvram = "<nvram>/nvram/it's</nvram>";

describe("the UEFI variables of a guest that moves", () => {
  it("are carried over where their directory is there, and nothing for a guest without", async () => {
    expect(await judge(nvram, ["/nvram"])).toMatchObject({
      nvram: { path: "/nvram/it's", way: "copied" },
      obstacles: [],
    });
    expect(await judge("", [])).toEqual({ nvram: null, obstacles: [], missing: [] });
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

  it("want a guest that runs: nothing of them is in a file before", async () => {
    const { obstacles } = await judge(nvram, ["/nvram"], "paused");
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
  expect((await judge(os, ["/boot/initrd"])).missing).toEqual([
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
