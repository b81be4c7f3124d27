import { describe, expect, it } from "vitest";
import { findOverlays, orElse, untoldAt } from "../../src/operations/overlays.ts";
import { fakeFiles } from "../support/fake-files.ts";
import { type FakeGuest, fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { oddXml } from "../support/odd-guest.ts";
import { testUuid } from "../support/test-driver.ts";

const disk = (path: string, more = "<driver type='qcow2'/>") =>
  `<disk type='file' device='disk'>${more}<source file='${path}'/><target dev='vda'/></disk>`;
const guest = (at: number, devices: string): FakeGuest => ({
  ...{ name: `web${at}`, uuid: testUuid(at), state: "shut off", xml: oddXml(devices) },
});
const image = (file: string, base: string) =>
  JSON.stringify({ filename: file, "full-backing-filename": base }, null, 1);

/** What is based on the first guest's disks, where a node has these guests and images. */
async function overlays(guests: readonly FakeGuest[], images: readonly string[], pool = "") {
  const stat = fakeFiles({ "/i/base": {}, "/i/over": {}, "/p/v": {} });
  const cluster = await fakeCluster({ ham0: (asked) => (asked < 9 ? guests : lostNode) }, "", {
    run: (argv) => (argv[2]?.includes("qemu-img") ? images.join("\n") : stat(argv)),
    virsh: ([command]) => (pool === "" ? undefined : { "pool-list": testUuid(9), "pool-dumpxml": pool }[command ?? ""]),
  });
  const first = { node: cluster.node("ham0"), uuid: testUuid(1) };
  return (await findOverlays(cluster, [first], undefined))(first).names;
}

describe("findOverlays", () => {
  it("names clones by their guest, and images that nobody has by their path", async () => {
    const guests = [guest(1, disk("/i/base")), guest(2, disk("/i/over"))];
    expect(await overlays(guests, [image("/i/over", "/i/base"), image("/i/lone", "/i/base")])).toEqual([
      "ham0/web2",
      "/i/lone",
    ]);
  });

  it("finds the disk of a volume by its pool, and tells what is not there by its name", async () => {
    const volume = "<disk type='volume' device='disk'><source pool='p' volume='v'/><target dev='vda'/></disk>";
    const pool = "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>";
    expect(await overlays([guest(1, volume)], [image("/i/gone", "/p/v")], pool)).toEqual(["/i/gone"]);
    expect(await overlays([guest(1, volume)], [image("/i/gone", "/p/v")])).toEqual([]);
    const without = "<pool type='rbd'><name>p</name></pool>";
    expect(await overlays([guest(1, volume)], [image("/i/gone", "/p/v")], without)).toEqual([]);
  });

  it("has none where nothing is based on anything, and none of a guest that cannot be read", async () => {
    expect(await overlays([guest(1, disk("/i/base"))], [])).toEqual([]);
    const odd =
      "<disk type='network' device='disk'><source name='x'/></disk><disk type='block' device='disk'><source dev='/dev/sdb'/></disk>";
    for (const one of [guest(1, odd), { ...guest(1, ""), xml: "<domain" }, { ...guest(1, ""), xml: "" }])
      expect(await overlays([one], [image("/i/over", "rbd:pool/base")])).toEqual([]);
  });

  it("takes a disk of no format for a raw one", async () => {
    expect(await overlays([guest(1, disk("/i/base", ""))], [image("/i/over", "/i/base")])).toEqual(["/i/over"]);
  });

  describe("that the login cannot see", () => {
    const hex = (path: string) => Buffer.from(path).toString("hex");
    const pool = "<pool type='dir'><name>p</name><target><path>/i</path></target></pool>";
    const list = (...names: readonly string[]) =>
      [" Name   Path", "------", ...names.map((name) => ` ${name}   /i/${name}`), ""].join("\n");
    const volume = (name: string, backing = "") =>
      `<volume><target><path>/i/${name}</path><format type='qcow2'/></target>${backing && `<backingStore><path>${backing}</path><format type='qcow2'/></backingStore>`}</volume>`;
    const guests = [guest(1, disk("/i/base")), guest(2, disk("/i/over"))];
    /** What is told of the first guest, where a scan says this, and libvirt has these volumes. */
    const told = async (scan: readonly string[], volumes: string | undefined, ofVolume = volume) => {
      const stat = fakeFiles({ "/i/base": {}, "/i/over": {} });
      const backing: Readonly<Record<string, string>> = { "over  it": "/i/base", over: "/i/base" };
      const cluster = await fakeCluster({ ham0: () => guests }, "", {
        run: (argv) => (argv[2]?.includes("qemu-img") ? scan.join("\n") : stat(argv)),
        virsh: ([command, ...args]) =>
          command === "pool-list"
            ? testUuid(9)
            : command === "pool-dumpxml"
              ? pool
              : command === "vol-list"
                ? volumes
                : command === "vol-dumpxml"
                  ? ofVolume(args.at(-1) ?? "", backing[args.at(-1) ?? ""])
                  : undefined,
      });
      const first = { node: cluster.node("ham0"), uuid: testUuid(1) };
      return (await findOverlays(cluster, [first], undefined))(first);
    };

    const because = (place: string, remedy = "set become = sudo in [node.ham0]") => ({
      why: `nobody can tell what ${place} is based on, or has in it`,
      remedy,
    });

    it("are told by libvirt, where the directory of a pool cannot be listed", async () => {
      const closed = [`?${hex("/i")}`];
      expect(await told(closed, list("base", "over"))).toEqual({ names: ["ham0/web2"], untold: null });
      expect(await told(closed, list("base", "over  it"))).toEqual({ names: ["/i/over  it"], untold: null });
      expect(await told(closed, list("base"))).toEqual({ names: [], untold: null });
      expect(await told(closed, list())).toEqual({ names: [], untold: null });
    });

    it("are told by libvirt, where a file of a pool cannot be read", async () => {
      expect(await told([`!${hex("/i/over")}`], list("base", "over"))).toEqual({ names: ["ham0/web2"], untold: null });
      expect(await told([`!${hex("/i/new")}`], list("base"))).toEqual({ names: [], untold: because("/i/new") });
      // what the login can read, and qemu-img does not understand, it would not understand as root either
      const broken = `*${hex("/i/the new")}`;
      const look = "mclu exec ham0 -- qemu-img info -U '/i/the new'";
      expect(await told([broken], list("base"))).toEqual({ names: [], untold: because("/i/the new", look) });
      // its own disk cannot be based on itself
      expect(await told([`!${hex("/i/base")}`], list())).toEqual({ names: [], untold: null });
    });

    it("may be there where libvirt does not tell either", async () => {
      const closed = [`?${hex("/i")}`];
      expect(await told([`?${hex("/elsewhere")}`], list("base"))).toEqual({ names: [], untold: because("/elsewhere") });
      for (const odd of [undefined, "error", list("a/b"), `${list()} x   /other/x\n`])
        expect(await told(closed, odd)).toEqual({ names: [], untold: because("/i") });
      expect(await told(closed, list("base", "x"), () => "")).toEqual({ names: [], untold: because("/i") });
    });
  });

  it("cannot tell of a node that does not answer, and has nothing to say of one that was not asked", async () => {
    const cluster = await fakeCluster({ ham0: () => lostNode, ham1: () => [] });
    const [one, other] = ["ham0", "ham1"].map((name) => ({ node: cluster.node(name), uuid: testUuid(1) }));
    if (!one || !other) throw new Error("there are two");
    const overlaysOf = await findOverlays(cluster, [one], undefined);
    expect(overlaysOf(one)).toEqual({
      names: [],
      untold: {
        why: "the images of ham0 could not be read: the wire was cut",
        remedy: "ping ham0",
      },
    });
    expect(overlaysOf(other)).toEqual({ names: [], untold: null });
  });
});

it("asks where a node is that is off, before another way out", async () => {
  const cluster = await fakeCluster({ ham0: () => offNode });
  const one = { node: cluster.node("ham0"), uuid: testUuid(1) };
  const { untold } = (await findOverlays(cluster, [one], undefined))(one);
  expect(untold && orElse(untold, "wait")).toBe("mclu status ham0, or wait");
});

it("tells to work as root only where that is not done already", () => {
  const hint = (become: "none" | "sudo", isHidden: boolean) =>
    orElse(untoldAt({ name: "ham0", settings: { become } } as never, { path: "/i", isHidden }), "wait");
  expect(hint("none", true)).toBe("set become = sudo in [node.ham0], or wait");
  expect(hint("sudo", true)).toBe("wait");
  for (const become of ["none", "sudo"] as const)
    expect(hint(become, false)).toBe("mclu exec ham0 -- qemu-img info -U /i, or wait");
});
