import { describe, expect, it } from "vitest";
import { planRemoveDisk } from "../../../src/operations/disk/remove.ts";
import {
  commandsOf,
  type OddGuest,
  oddChoice,
  oddCluster,
  oddUuid,
  oddXml,
  targetOf,
} from "../../support/odd-guest.ts";

const transient = { state: "running", transient: true } as const;
const disk = (target: string, bus: string, path = `/i/${target}`) =>
  `<disk type='file' device='disk'><source file='${path}'/><target dev='${target}' bus='${bus}'/></disk>`;

describe("disk remove", () => {
  const remove = async (guest: OddGuest, name: string, options = {}) =>
    targetOf(planRemoveDisk(await oddCluster(guest), oddChoice, name, options));
  const two = disk("vda", "virtio") + disk("sdb", "sata");

  it("is refused where a bus gives nothing back and nothing else is left to do", async () => {
    const stays = { verdict: "refused", why: "its sata bus gives no disk back while it runs" };
    expect(await remove({ ...transient, devices: two }, "sdb")).toMatchObject(stays);
    expect(await remove({ state: "running", devices: two }, "sdb", { delete: true })).toMatchObject(stays);
    expect(await remove({ state: "running", devices: two }, "sdb")).toMatchObject({
      ...{
        verdict: "change",
        after: expect.stringContaining("its sata bus gives no disk back while it runs\n/i/sdb stays"),
      },
    });
    const busless = "<disk device='disk'><source file='/i/q'/><target dev='q'/></disk>";
    expect(await remove({ ...transient, devices: disk("vda", "virtio") + busless }, "q")).toMatchObject({
      why: "its own bus gives no disk back while it runs",
    });
  });

  it("deletes no image that saved memory is resumed with, now and in the act", async () => {
    const off = { devices: two, files: { "/i/sdb": {} } };
    const saved = { ...off, managedSave: true };
    expect(await remove(saved, "sdb", { delete: true })).toMatchObject({
      ...{ verdict: "refused", why: "it was saved, and its saved memory cannot be resumed without sdb" },
      hint: `mclu start ham0/web1 resumes it; or, to lose what was in its memory: mclu virsh ham0 -- managedsave-remove ${oddUuid}; or without --delete`,
    });
    expect(await remove(saved, "sdb")).toMatchObject({
      ...{ verdict: "change", after: expect.stringContaining("its saved memory is resumed first") },
    });
    const one = await remove(off, "sdb", { delete: true });
    expect(one.verdict === "change" ? one.actions : one).toContainEqual(
      expect.objectContaining({ has: ["dominfo", oddUuid], text: "Managed save:   no" }),
    );
  });

  it("keeps an image that a snapshot of the guest is in", async () => {
    const image = { filename: "/i/sdb", format: "qcow2", "virtual-size": 4096 };
    const made = (with_: string) => ({
      ...{ devices: two, files: { "/i/sdb": { image } } },
      virsh: ([command = ""]: readonly string[]) =>
        ({ "snapshot-list": "s1\n", "snapshot-dumpxml": `<domainsnapshot><name>s1</name>${with_}</domainsnapshot>` })[
          command
        ],
    });
    expect(await remove(made(oddXml(disk("vda", "virtio"))), "sdb", { delete: true })).toMatchObject({
      verdict: "change",
      will: "remove sdb and its image",
    });
    expect(await remove(made(oddXml(two)), "sdb", { delete: true })).toMatchObject({
      ...{ verdict: "refused", why: "its snapshots keep what sdb was in the image, and would be lost with it" },
      hint: "mclu snapshot list ham0/web1, or without --delete",
    });
    expect(await remove(made(oddXml(two)), "sdb")).toMatchObject({ verdict: "change", will: "detach sdb" });
  });

  it("leaves the disk in the definition of a guest that does not let go of it", async () => {
    const both = { state: "running", devices: disk("vda", "virtio") + disk("vdb", "virtio") } as const;
    const one = await remove(both, "vdb");
    expect(commandsOf(one)).toEqual([
      ...["has", "has", "detach-device /dev/stdin --live", "until"],
      ...["has", "detach-device /dev/stdin --config"],
    ]);
    const why = (ends: string) => [{ why: expect.stringMatching(new RegExp(`has not let go of it .*: ${ends}$`)) }];
    const waits = (target: typeof one) =>
      target.verdict === "change" ? target.actions.filter((action) => "until" in action) : target;
    expect(waits(one)).toMatchObject(why("its definition has it still"));
    expect(waits(await remove({ ...both, next: oddXml("") }, "vdb"))).toMatchObject(
      why("it is gone once the guest is off"),
    );
  });

  it("is refused for a target that has one disk now and another at the next start, and goes by the file's name", async () => {
    const swapped = {
      state: "running",
      devices: disk("vda", "virtio") + disk("vdb", "virtio", "/i/now"),
      next: oddXml(disk("vda", "virtio") + disk("vdb", "virtio", "/i/then")),
    } as const;
    expect(await remove(swapped, "vdb")).toMatchObject({
      ...{ verdict: "refused", why: "its vdb is /i/now now, and /i/then at its next start" },
    });
    expect(commandsOf(await remove(swapped, "/i/then"))).toEqual(["has", "detach-device /dev/stdin --config"]);
    expect(commandsOf(await remove(swapped, "/i/now"))).toEqual(["has", "detach-device /dev/stdin --live", "until"]);
  });

  it("is refused for an image that has one target now and another at the next start, where another disk may have it", async () => {
    const moved = {
      state: "running",
      devices: disk("vda", "virtio") + disk("vdb", "virtio", "/i/a"),
      next: oddXml(disk("vda", "virtio") + disk("vdc", "virtio", "/i/a") + disk("vdb", "virtio", "/i/other")),
      files: { "/i/a": {}, "/i/other": {} },
    } as const;
    for (const options of [{}, { delete: true }])
      expect(await remove(moved, "/i/a", options)).toMatchObject({
        ...{ verdict: "refused", why: "its /i/a is vdb now, and vdc at its next start" },
        hint: "name what is meant, vdb or vdc, or before that: mclu stop ham0/web1",
      });
    expect(commandsOf(await remove(moved, "vdc"))).toEqual(["has", "detach-device /dev/stdin --config"]);
    // off, it has what it will have
    expect(commandsOf(await remove({ ...moved, state: "shut off" }, "/i/a"))).toEqual([
      "has",
      "detach-device /dev/stdin --config",
    ]);
  });

  it("keeps an image that the guest goes on having under another target", async () => {
    const a = (target: string) => disk(target, "virtio", "/i/a");
    const files = { "/i/a": {}, "/i/b": {} };
    const keeps = (target: string) => ({
      ...{ verdict: "refused", why: `it has the same image as ${target}` },
      hint: `mclu disk remove ham0/web1 vdc without --delete`,
    });
    const taken = async (devices: string, next: string, more: OddGuest = { state: "running" }) =>
      remove({ files, devices: disk("vda", "virtio") + devices, next: oddXml(next), ...more }, "vdc", { delete: true });
    expect(await taken(a("vdb"), a("vdc"))).toMatchObject(keeps("vdb"));
    expect(await taken(a("vdc"), a("vdb"))).toMatchObject(keeps("vdb"));
    expect(await taken("", a("vdb") + a("vdc"), { state: "shut off" })).toMatchObject(keeps("vdb"));
    const both = disk("vda", "virtio") + a("vdb") + a("vdc");
    // libvirt shows what a transient guest is for its next start too
    const virsh = ([word]: readonly string[]) => (word === "dumpxml" ? oddXml(both) : undefined);
    expect(await taken("", "", { ...transient, virsh })).toMatchObject(keeps("vdb"));
    const own = `${disk("vdb", "virtio", "/i/b")}${a("vdc")}<disk device='cdrom'><target dev='sda' bus='sata'/></disk>`;
    expect(await taken(own, own)).toMatchObject({ verdict: "change", will: "remove vdc and its image" });
  });

  it("shows no other disk's removal from the definition where it leaves what runs alone", async () => {
    const swapped = {
      state: "running",
      devices: disk("vda", "virtio") + disk("vdb", "virtio", "/i/now"),
      next: oddXml(disk("vdb", "virtio", "/i/then")),
    } as const;
    expect(await remove(swapped, "/i/now")).toMatchObject({ verdict: "change", difference: "" });
  });

  it("is refused for what a guest runs from, a LUN as well", async () => {
    const lun = disk("sda", "scsi").replace("device='disk'", "device='lun'");
    expect(await remove({ state: "running", devices: lun }, "sda")).toMatchObject({ why: "it runs from sda" });
  });

  it("names no image that stays where there is none, and shows no definition that has it not", async () => {
    const empty = "<disk device='cdrom'><target dev='sda' bus='usb'/></disk>";
    expect(await remove({ devices: empty }, "sda")).toMatchObject({ verdict: "change", after: null });
    const live = {
      state: "running",
      devices: disk("vda", "virtio") + disk("vdb", "virtio"),
      next: oddXml(""),
    } as const;
    expect(await remove(live, "vdb")).toMatchObject({ verdict: "change", difference: "" });
    expect(await remove({ devices: two }, "vdz")).toMatchObject({ why: "it has no disk vdz: it has vda, sdb" });
  });
});
