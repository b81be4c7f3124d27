import { describe, expect, it } from "vitest";
import { NodeError } from "../../src/node/failure.ts";
import { planAutostart } from "../../src/operations/autostart.ts";
import { planSet } from "../../src/operations/set/plan-set.ts";
import { planStart } from "../../src/operations/start.ts";
import { fakeFiles } from "../support/fake-files.ts";
import { type FakeGuest, fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const web1 = { guests: ["web1"] };

describe("start of a guest that others may be based on", () => {
  const xml = (path: string, more = "") =>
    `<domain><name>web1</name>${more}<devices><disk type='file' device='disk'><source file='${path}'/><target dev='vda'/></disk></devices></domain>`;
  const over = JSON.stringify({ filename: "/i/over", "full-backing-filename": "/i/base" }, null, 1);
  /** What becomes of web1, where its node says yes or no to the quick look, and this of its images. */
  const world = async (
    hint: string,
    guests: readonly FakeGuest[],
    more = "",
    autostart = false,
    scan = over,
    said: Readonly<Record<string, string>> = {},
  ) => {
    const stat = fakeFiles({ "/i/base": {}, "/i/over": {} });
    const web: FakeGuest = { name: "web1", uuid: testUuid(1), state: "shut off", xml: xml("/i/base", more), autostart };
    const asked: string[] = [];
    const run = (argv: readonly string[]) => {
      if (argv[2]?.includes("grep -aqF")) return hint;
      if (!argv[2]?.includes("qemu-img")) return stat(argv);
      asked.push("images");
      return scan;
    };
    const virsh = ([command = "", , ...options]: readonly string[]) => {
      if (command === "dumpxml" && options.includes("--inactive")) asked.push("XML");
      return said[command];
    };
    return { cluster: await fakeCluster({ ham0: () => [web, ...guests] }, "", { run, virsh }), asked };
  };
  const planned = async (...[hint, guests, more]: Parameters<typeof world>) => {
    const { cluster, asked } = await world(hint, guests, more);
    const [target] = (await planStart(cluster, web1)).targets;
    return { target, asked };
  };
  const clone: FakeGuest = { name: "web2", uuid: testUuid(2), state: "shut off", xml: xml("/i/over") };

  it("reads no images where nothing beside its disk names that", async () => {
    const { target, asked } = await planned("", [clone]);
    // for a look at pipes as well
    expect([target?.verdict, asked]).toEqual(["change", ["XML"]]);
  });

  it("refuses it where another guest has the overlay, and says what no guest has", async () => {
    const why = "others are based on its disks, which must not change: ham0/web2";
    expect((await planned("yes\n", [clone])).target).toMatchObject({ verdict: "refused", why });
    expect((await planned("yes\n", [])).target).toMatchObject({
      verdict: "change",
      after: "no guest has /i/over, based on its disks: what it writes makes that useless",
    });
  });

  it("asks libvirt alone beside a disk that the login cannot list, and reads images where that names an overlay", async () => {
    const one = async (backing: string, more = "") => {
      const volume = `<volume><target><path>/i/over</path></target><backingStore><path>${backing}</path></backingStore></volume>`;
      const said: Readonly<Record<string, string>> = {
        "pool-list": testUuid(9),
        "pool-dumpxml": "<pool type='dir'><name>p</name><target><path>/i</path></target></pool>",
        "vol-list": " Name   Path\n------\n over   /i/over\n",
        "vol-dumpxml": volume,
      };
      const { cluster, asked } = await world("closed\n", [clone], more, false, over, said);
      return [(await planStart(cluster, web1)).targets[0]?.verdict, asked];
    };
    expect(await one("/i/other")).toEqual(["change", ["XML"]]);
    const [verdict, asked] = await one("/i/base");
    expect([verdict, asked]).toEqual(["refused", expect.arrayContaining(["images"])]);
    // the mark says it all, without libvirt
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    expect((await one("/i/other", mark))[1]).toContain("images");
  });

  it("refuses it where it has the mark, whoever has the overlay", async () => {
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    expect((await planned("", [], mark)).target).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("/i/over"),
    });
  });

  it("refuses it where it has the mark and nobody can tell, unless by force", async () => {
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    const closed = `?${Buffer.from("/i").toString("hex")}\n`;
    const one = async (more: string, force: boolean) => {
      const { cluster } = await world("yes\n", [clone], more, false, closed);
      return (await planStart(cluster, web1, { force })).targets[0];
    };
    const why =
      "linked clones may be based on its disks, which must not change: nobody can tell what /i is based on, or has in it";
    expect(await one(mark, false)).toMatchObject({
      ...{ verdict: "refused", why },
      hint: "set become = sudo in [node.ham0], or where surely none are: mclu start --force ham0/web1",
    });
    expect(await one(mark, true)).toMatchObject({ verdict: "change" });
    // a quick look guesses
    expect(await one("", false)).toMatchObject({ verdict: "change" });
    const { cluster } = await world("", [], mark, false, closed);
    // neither has --force, and start with it sets nothing
    const hint = `set become = sudo in [node.ham0], or where surely none are: mclu virsh ham0 -- autostart ${testUuid(1)}`;
    const no = [{ verdict: "refused", why, hint }];
    expect((await planAutostart(cluster, web1, { off: false })).targets).toMatchObject(no);
    expect((await planSet(cluster, web1, { autostart: true })).targets).toMatchObject(no);
  });

  describe("on a node that does not come to an answer about images", () => {
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    const slow = new NodeError({
      state: "failed",
      reason: "slow",
      detail: "no end after 60 s",
      hint: "mclu doctor ham0",
    });
    /** What becomes of web1 where these of its node's programs, and of virsh's commands, hang. */
    const decided = async (hangs: readonly string[], more: string, hint = "", scan = over) => {
      const { cluster } = await world(hint, [clone], more, false, scan);
      const node = cluster.node("ham0");
      const ask = node.ask.bind(node);
      const slower: typeof node.ask = (query, options) => {
        const words = query.steps.flatMap((step) => ("virsh" in step ? step.virsh.flat() : step.run)).join(" ");
        return hangs.some((text) => words.includes(text)) ? Promise.reject(slow) : ask(query, options);
      };
      Object.assign(node, { ask: slower });
      return Promise.all([planStart(cluster, web1), planAutostart(cluster, web1, { off: false })]).then((plans) =>
        plans.flatMap(({ targets }) => targets),
      );
    };
    const why =
      "linked clones may be based on its disks, which must not change: the images of ham0 could not be read: no end after 60 s";

    it("is refused where it has the mark, however far the look came", async () => {
      const no = {
        verdict: "refused",
        why,
        hint: expect.stringMatching(/^mclu doctor ham0, or where surely none are: /),
      };
      for (const hangs of [["qemu-img"], ["qemu-img", "grep -aqF"], ["qemu-img", "pool-list"]])
        expect(await decided(hangs, mark, "closed\n"), hangs.join()).toMatchObject([no, no]);
      expect(await decided(["qemu-img"], "", "yes\n")).toMatchObject([{ verdict: "change" }, { verdict: "change" }]);
    });

    it("is held by what the images say where the quick look hangs", async () => {
      const no = { verdict: "refused", why: expect.stringContaining("ham0/web2") };
      expect(await decided(["grep -aqF"], "")).toMatchObject([no, no]);
      expect(await decided(["grep -aqF"], "", "", "")).toMatchObject([{ verdict: "change" }, { verdict: "change" }]);
    });
  });

  it("is not left to its node either: autostart is refused, and what takes it away is not", async () => {
    const targets = async (off: boolean, autostart: boolean, guests: readonly FakeGuest[] = [clone]) => {
      const { cluster } = await world("yes\n", guests, "", autostart);
      const [set] = (await planSet(cluster, web1, { autostart: !off })).targets;
      const [verb] = (await planAutostart(cluster, web1, { off })).targets;
      return [verb, set];
    };
    const why = "others are based on its disks, which must not change: ham0/web2";
    const hint = expect.stringContaining("mclu clone");
    const no = { verdict: "refused", why, hint };
    expect(await targets(false, false)).toMatchObject([no, no]);
    expect(await targets(false, false, [])).toMatchObject([{ verdict: "change" }, { verdict: "change" }]);
    expect(await targets(false, true)).toMatchObject([{ verdict: "already" }, { verdict: "already" }]);
    expect(await targets(true, true)).toMatchObject([{ verdict: "change" }, { verdict: "change" }]);
  });
});
