import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { NodeError } from "../../../src/node/failure.ts";
import { prepareMove } from "../../../src/operations/move/prepare-move.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const pci =
  "<hostdev mode='subsystem' type='pci'><source><address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source></hostdev>";
const tpm = (backend: string) => `<tpm model='tpm-crb'><backend type='${backend}' version='2.0'/></tpm>`;
const card = "<interface type='hostdev'><mac address='52:54:00:00:00:01'/></interface>";
const shares = "<filesystem type='mount'><source dir='/srv/share'/><target dir='share'/></filesystem>";
const mirrored =
  "<disk type='file'><source file='/i/a'/><mirror type='file' job='copy'><source file='/i/b'/></mirror><target dev='vda'/></disk>";
const off = { state: "shut off" } as const;
const encrypted =
  "<disk type='network' device='disk'><source protocol='rbd' name='p/i'><encryption format='luks'/></source><target dev='vda'/></disk>";

describe("a guest that no node could take", () => {
  it.each<[string, Partial<FakeGuest>, RegExp]>([
    ["a device of its node", { xml: oddXml(pci) }, /^ham0\/web1 has devices of ham0: /],
    ["a network card of its node", { xml: oddXml(card) }, /^ham0\/web1 has devices of ham0: a network card$/],
    ["the TPM of its node", { xml: oddXml(tpm("passthrough")) }, /^ham0\/web1 has the TPM of ham0$/],
    ["a directory of its node", { xml: oddXml(shares) }, /^ham0\/web1 has directories of ham0: \/srv\/share$/],
    ["such a device at its next start", { next: oddXml(pci) }, /^ham0\/web1 has devices of ham0: /],
    ["such a directory at its next start", { next: oddXml(shares) }, /^ham0\/web1 has directories of ham0: /],
    [
      "a disk that is being copied",
      { xml: oddXml(mirrored) },
      /^the disk vda of ham0\/web1 is being copied by a block job/,
    ],
    ["no definition", { transient: true }, /^ham0\/web1 is transient/],
    ["memory in a file", { ...off, managedSave: true }, /^ham0\/web1 was saved/],
    ["crashed", { state: "crashed" }, /^ham0\/web1 has crashed, and libvirt cannot move it$/],
    ["sleep", { state: "pmsuspended" }, /^ham0\/web1 sleeps/],
    ["a disk that libvirt encrypts", { xml: oddXml(encrypted) }, /^a disk of ham0\/web1 is encrypted by libvirt/],
    ["snapshots", { name: "snapped", xml: oddXml("") }, /^ham0\/snapped has snapshots/],
  ])("has %s, and is refused before its target is asked for anything but its guests", async (_, guest, message) => {
    const asked: string[] = [];
    const web1 = { name: "web1", uuid: testUuid(1), xml: oddXml(""), ...guest };
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => [] }, "", {
      run: (argv, node) => {
        if (node === "ham1") asked.push(argv.join(" "));
        return undefined;
      },
      virsh: ([command]) => (web1.name === "snapped" && command === "snapshot-list" ? "first\n" : undefined),
    });
    await expect(prepareMove(cluster, { guest: `ham0/${web1.name}`, node: "ham1" })).rejects.toMatchObject({
      ...{ exitCode: 6, message: expect.stringMatching(message), hint: expect.stringContaining("mclu ") },
    });
    expect(asked).toEqual([]);
  });

  it("was made a base, and nobody can tell whether others are based on its disks", async () => {
    const mark = "<metadata><b:base xmlns:b='urn:mclu:base:1'/></metadata>";
    const devices = "<disk type='file' device='disk'><source file='/i/a'/><target dev='vda'/></disk>";
    const refusal = async (more: string, silence?: NodeError) => {
      const xml = oddXml(devices).replace("<devices>", `${more}<devices>`);
      const cluster = await fakeCluster(
        { ham0: () => [{ name: "web1", uuid: testUuid(1), xml }], ham1: () => [] },
        "",
        {
          run: (argv) => {
            if (!argv[2]?.includes("qemu-img")) return undefined;
            if (silence) throw silence;
            return `?${Buffer.from("/i").toString("hex")}`;
          },
        },
      );
      return prepareMove(cluster, { guest: "web1", node: "ham1" }).then(
        () => "",
        (error: unknown) => (error instanceof UserError ? `${error.message}; ${error.hint}` : String(error)),
      );
    };
    expect(await refusal(mark)).toBe(
      "linked clones may be based on the disks of ham0/web1: nobody can tell what /i is based on, or has in it; set become = sudo in [node.ham0], or mclu clone ham0/web1 NEWNAME",
    );
    expect(await refusal("")).not.toContain("linked clones");
    // with more rights it would be as slow
    const slow = new NodeError({ state: "failed", reason: "slow", detail: "no end", hint: "mclu exec ham0 -- uptime" });
    expect(await refusal(mark, slow)).toBe(
      "linked clones may be based on the disks of ham0/web1: the images of ham0 could not be read: no end; mclu exec ham0 -- uptime, or mclu clone ham0/web1 NEWNAME",
    );
  });

  it("is one of another libvirt than the system's", async () => {
    const web1 = { name: "web1", uuid: testUuid(1), xml: oddXml("") };
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => [] }, "uri = qemu:///session\n");
    await expect(prepareMove(cluster, { guest: "web1", node: "ham1" })).rejects.toMatchObject({
      ...{ exitCode: 6, hint: "mclu config show" },
      message: "ham0 has libvirt at qemu:///session, and a move wants qemu:///system",
    });
  });
});
