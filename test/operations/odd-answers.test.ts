import { describe, expect, it } from "vitest";
import type { Query } from "../../src/libvirt/query.ts";
import { NodeError } from "../../src/node/failure.ts";
import type { Node } from "../../src/node/node.ts";
import { compareNames } from "../../src/operations/compare-names.ts";
import { dump } from "../../src/operations/dump.ts";
import { exec, execExitCode } from "../../src/operations/exec.ts";
import { imageList } from "../../src/operations/image-list.ts";
import { planImageMark } from "../../src/operations/image-mark.ts";
import { info } from "../../src/operations/info.ts";
import { ip } from "../../src/operations/ip.ts";
import { list } from "../../src/operations/list.ts";
import { planRename } from "../../src/operations/rename.ts";
import { trust } from "../../src/operations/trust.ts";
import { type FakeGuest, fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { oddChoice, oddCluster, oddXml, targetOf } from "../support/odd-guest.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const guest = (at: number, more: Partial<FakeGuest> = {}): FakeGuest => ({
  ...{ name: `web${at}`, uuid: testUuid(at), state: "shut off" },
  ...more,
});

describe("image list", () => {
  it("tells a guest by its name where its definition cannot be read, and has a row for each node", async () => {
    const devices = "<disk><target dev='vda'/></disk><disk device='cdrom'><target dev='sda'/></disk>";
    const guests = [
      guest(1, { name: "old-original", xml: "" }),
      guest(2, { name: "b-original", xml: oddXml(devices) }),
      guest(3, { xml: "<domain" }),
      guest(4, { name: "runs-original", state: "running" }),
    ];
    const cluster = await fakeCluster({ ham0: () => guests, ham1: () => lostNode, ham2: () => [] });
    const { images, nodes } = await imageList(cluster);
    expect(images).toMatchObject([
      { name: "b-original", disks: ["vda"] },
      { name: "old-original", disks: [] },
    ]);
    expect(nodes).toMatchObject([{ state: "on" }, { node: "ham1", state: "failed", reason: "lost" }, { state: "on" }]);
    expect((await imageList(cluster, { all: true })).images.map(({ name }) => name)).toContain("web3");
  });
});

describe("image mark", () => {
  it("refuses a transient guest", async () => {
    const cluster = await oddCluster({ state: "running", transient: true });
    expect(await targetOf(planImageMark(cluster, "mark", oddChoice))).toMatchObject({
      ...{ verdict: "refused", why: "it is transient: it is gone when it is off" },
    });
  });
});

describe("dump", () => {
  it("names guests that are gone by the time they are read", async () => {
    const cluster = await fakeCluster({ ham0: () => [guest(1), guest(2, { xml: "" })] });
    const { nodes } = await dump(cluster, temporaryDirectory(), { force: true, cwd: "/" });
    expect(nodes).toMatchObject([{ guests: [{ name: "web1" }], gone: ["web2"] }]);
  });
});

describe("info and ip", () => {
  const leases = ([command]: readonly string[]) =>
    ({ "net-list": testUuid(9), "net-dhcp-leases": "what is this" })[command ?? ""];

  it("warn of what a node says and mclu does not understand", async () => {
    const cluster = await oddCluster({ state: "running", virsh: leases });
    const warning = expect.stringMatching(/^ham0: expected .*what is this/);
    expect((await info(cluster, ["web1"])).warnings).toEqual([warning]);
    expect((await ip(cluster, { guests: ["web1"] })).warnings).toEqual([warning]);
  });

  it("ask again without --nowait where libvirt knows none, and then an agent that is connected", async () => {
    const channel =
      "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0' state='connected'/></channel>";
    const cluster = await oddCluster({ state: "running", devices: channel });
    const node = cluster.node("ham0");
    const { ask } = node;
    const asked: string[] = [];
    const refusing = async <T>(query: Query<T>): Promise<T> => {
      const words = JSON.stringify(query.steps);
      if (words.includes("domstats")) asked.push(words.includes("--nowait") ? "--nowait" : "plain");
      const value = await ask(query);
      return asked.length > 0 && words.includes("--nowait") && Array.isArray(value)
        ? ([null, ...value.slice(1)] as T)
        : value;
    };
    Object.assign(node, { ask: refusing });
    const progress: number[] = [];
    const report = await info(cluster, ["web1"], { onProgress: ({ guests }) => progress.push(guests.length) });
    expect(report.guests).toMatchObject([{ name: "web1", state: "running" }]);
    expect(asked.slice(-2)).toEqual(["--nowait", "plain"]);
    expect(progress).toEqual([1]);
  });

  it("know what a guest is whose XML cannot be read, and of a node that falls silent", async () => {
    const unread = await info(await oddCluster({ xml: "<domain" }), ["web1"]);
    expect(unread.guests).toMatchObject([{ name: "web1", problem: expect.stringContaining("its XML cannot be read") }]);
    const silent = await fakeCluster({ ham0: (asked) => (asked === 0 ? [guest(1)] : lostNode) });
    const { guests, nodes } = await info(silent, ["web1"]);
    expect([guests, nodes]).toMatchObject([[], [{ node: "ham0", state: "failed", reason: "lost" }]]);
  });
});

describe("list", () => {
  it("puts names in one order, whatever their case", () => {
    const names = ["web10", "Web2", "web2", "a", "web02", "A"];
    expect(names.sort(compareNames)).toEqual(["A", "a", "web02", "Web2", "web2", "web10"]);
    expect([compareNames("a", "a"), compareNames("a", "A"), compareNames("A", "a")]).toEqual([0, 1, -1]);
  });

  it("takes images of one name for no duplicates", async () => {
    const twice = (name: string) => fakeCluster({ ham0: () => [guest(1, { name })], ham1: () => [guest(2, { name })] });
    const duplicates = async (name: string) => (await list(await twice(name))).guests.map(({ duplicate }) => duplicate);
    expect(await duplicates("web")).toEqual([["name"], ["name"]]);
    expect(await duplicates("web-original")).toEqual([[], []]);
  });
});

describe("exec", () => {
  it("gives stdin to one node only, and runs no empty command", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
    const { stdin } = process;
    await expect(exec(cluster, ["cat"], { nodes: [], stdin })).rejects.toMatchObject({ exitCode: 2 });
    await expect(exec(cluster, [], { nodes: [] })).rejects.toMatchObject({ exitCode: 2, message: "no command to run" });
  });

  it("fails where a node says more than a report has room for, and keeps what it said before an interruption", async () => {
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
    let sent = 0;
    const flood: Node["stream"] = async (_command, { onStdout }) => {
      const piece = Buffer.alloc(8 * 1024 ** 2, "x");
      for (; sent < 40; sent++) {
        await onStdout(piece);
        await new Promise(setImmediate);
      }
      return { kind: "exit", code: 0 };
    };
    const leaving = new AbortController();
    const connecting: Node["stream"] = async () => {
      leaving.abort();
      throw new NodeError(lostNode);
    };
    Object.assign(cluster.node("ham0"), { stream: flood });
    Object.assign(cluster.node("ham1"), { stream: connecting });
    const run = async (node: string, signal?: AbortSignal) =>
      (await exec(cluster, ["cat"], { nodes: [node], signal })).nodes;
    expect(await run("ham0")).toMatchObject([{ node: "ham0", state: "failed", reason: "protocol", exitCode: null }]);
    expect(sent).toBeLessThan(40);
    expect(await run("ham1")).toMatchObject([{ state: "failed", reason: "lost" }]);
    expect(await run("ham1", leaving.signal)).toMatchObject([{ node: "ham1", state: "interrupted", exitCode: null }]);
  });

  it("counts a node that is off where it is named, and where nothing ran at all", () => {
    const silent = { node: "ham0", ...offNode, stdout: "", stderr: "", exitCode: null };
    const ran = { node: "ham1", state: "exited", exitCode: 3, stdout: "", stderr: "" } as const;
    const code = (nodes: Parameters<typeof execExitCode>[0]["nodes"], named: readonly string[] = []) =>
      execExitCode({ command: [], nodes }, named);
    expect([code([silent, ran]), code([silent, ran], ["ham0"]), code([silent]), code([])]).toEqual([3, 255, 255, 255]);
  });
});

describe("rename", () => {
  it("refuses several guests, and says how to name one", async () => {
    const cluster = await fakeCluster({ ham0: () => [guest(1), guest(2)] });
    await expect(planRename(cluster, "web*", "new")).rejects.toMatchObject({
      ...{ exitCode: 4, hint: "name one of them: ham0/web1" },
    });
  });
});

describe("trust", () => {
  it("wants a node to be named, and has no key of this machine", async () => {
    const cluster = await fakeCluster({ ham0: () => [] });
    await expect(trust(cluster, { nodes: [] })).rejects.toMatchObject({ exitCode: 2, message: "no node is named" });
    const local = { exitCode: 2, message: "ham0 is this machine: it has no host key to trust" };
    await expect(trust(cluster, { nodes: ["ham0"] })).rejects.toMatchObject(local);
  });
});
