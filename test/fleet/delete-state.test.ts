import { describe, expect, it } from "vitest";
import { testUuid } from "../support/test-driver.ts";
import { deleteBench, diskXml, guestXml, images, virsh } from "./delete-bench.ts";
import { makeUefi, mark } from "./uefi-guest.ts";

const state = "/var/lib/libvirt/qemu";
const chosenGuest = { name: "chosen", uuid: testUuid(90), disk: `${images}/chosen.qcow2` };

describe("deleting what libvirt keeps of guests", () => {
  const bench = deleteBench({ net: "10.152.0", nodes: 2, kinds: { ham1: "dynamic" } });
  const { on, plan, fates, remove, define, defineXml, forget, image, expectFiles, user } = bench;
  const whats = async (guest: string, ...flags: string[]) => (await plan(guest, ...flags)).map(({ what }) => what);
  const stateOf = (node: string) =>
    on(node, `ls ${["save", "snapshot", "checkpoint"].map((kind) => `${state}/${kind}`).join(" ")}`);

  it("removes saved memory and what libvirt knows of snapshots", async () => {
    const { uuid } = await define("ham0", "saved", true);
    await on("ham0", `${virsh} snapshot-create-as ${uuid} one && ${virsh} managedsave ${uuid}`);
    expect(await whats("saved")).toEqual([
      "definition",
      "saved memory",
      "1 snapshot (what libvirt knows of)",
      "disk vda",
    ]);
    expect(await remove("saved")).toMatchObject({ code: 0 });
    expect(await stateOf("ham0")).not.toContain("saved");
  });

  it("removes what libvirt knows of checkpoints, also of a guest that runs", async () => {
    const { uuid } = await define("ham1", "checked", true);
    await on("ham1", `${virsh} checkpoint-create-as ${uuid} one && ${virsh} checkpoint-create-as ${uuid} second`);
    await on("ham1", `${virsh} destroy checked`);
    const renamed = await user().mclu(["rename", "checked", "other"]);
    const why = "it has checkpoints, which libvirt would lose";
    expect([renamed.code, renamed.stdout + renamed.stderr]).toEqual([6, expect.stringContaining(why)]);
    await on("ham1", `${virsh} start checked`);
    expect(await whats("checked", "--force")).toEqual([
      "definition",
      "2 checkpoints (what libvirt knows of)",
      "disk vda",
    ]);
    expect(await remove("checked", "--force")).toMatchObject({ code: 0 });
    expect(await stateOf("ham1")).not.toContain("checked");
    await expectFiles("ham1", { [`${images}/checked.qcow2`]: false });
  });

  it("keeps the files of external snapshots of disks and memory, and names them", async () => {
    const { uuid } = await define("ham0", "layered", true);
    const [base, first, second, memory] = ["qcow2", "first", "second", "memory"].map(
      (suffix) => `${images}/layered.${suffix}`,
    ) as [string, string, string, string];
    await on(
      "ham0",
      `${virsh} snapshot-create-as ${uuid} --disk-only --diskspec vda,file=${first} one
${virsh} snapshot-create-as ${uuid} --memspec file=${memory} --diskspec vda,file=${second} two`,
    );
    const notNamed = "the guest does not name it; others may be based on it";
    expect(await fates("layered", "--force")).toEqual([
      [second, "remove", null],
      [first, "keep", notNamed],
      [base, "keep", notNamed],
      [memory, "keep", "it is no disk of the guest"],
    ]);
    expect(await remove("layered", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [second]: false, [first]: true, [base]: true, [memory]: true });
    expect(await stateOf("ham0")).not.toContain("layered");
  });

  it("removes firmware variables, save those that another guest names", async () => {
    const loader = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>";
    const os = (nvram: string) =>
      `<os><type machine='q35'>hvm</type>${loader}<nvram>${nvram}</nvram></os><features><acpi/></features>`;
    const [own, shared] = [`${state}/nvram/own.fd`, `${state}/nvram/shared.fd`];
    await on("ham0", `mkdir -p ${state}/nvram && touch ${own} ${shared}`);
    for (const [name, nvram] of [
      ["efi", own],
      ["efi-a", shared],
      ["efi-b", shared],
    ] as const)
      await defineXml("ham0", name, "", os(nvram));
    expect(await fates("efi")).toEqual([[own, "remove", null]]);
    expect(await remove("efi")).toMatchObject({ code: 0 });
    expect(await fates("efi-a")).toEqual([[shared, "keep", "ham0/efi-b names it too"]]);
    expect(await remove("efi-a")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [own]: false, [shared]: true });
    // as libvirt 8.5 and later may write it
    await on("ham0", `touch ${own}`);
    const source = os("").replace("<nvram>", `<nvram type='file'><source file='${own}'/>`);
    await defineXml("ham0", "efi", "", source);
    expect(await fates("efi")).toEqual([[own, "remove", null]]);
    expect(await remove("efi")).toMatchObject({ code: 0 });
    await defineXml("ham0", "efi", "", os(shared).replace("<nvram>", `<nvram template='${shared}'>`));
    // which takes the file with it
    await forget("ham0", "efi-b");
    await on("ham0", `touch ${shared}`);
    expect(await fates("efi")).toEqual([[shared, "keep", "it is what the variables of guests begin as"]]);
    expect(await remove("efi")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [own]: false, [shared]: true });
  });

  it("removes firmware variables that the guest's first start made", async () => {
    await forget("ham1", "made-efi");
    await on(
      "ham1",
      `virt-install -q --name made-efi --virt-type qemu --memory 64 --disk none --network none --graphics none --boot uefi \
--osinfo generic --import --noautoconsole 2>/dev/null`,
    );
    const path = `${state}/nvram/made-efi_VARS.fd`;
    expect(await fates("made-efi", "--force")).toEqual([[path, "remove", null]]);
    await expectFiles("ham1", { [path]: true });
    expect(await remove("made-efi", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham1", { [path]: false });
  });

  it("removes those that libvirt names only while the guest runs, and no renamed guest's", async () => {
    const { mclu } = user();
    const [own, copied] = ["chosen", "chosen-too"].map((name) => `${state}/nvram/${name}_VARS.fd`) as [string, string];
    const make = async () => {
      for (const name of ["chosen", "chosen-2", "chosen-too"]) await forget("ham0", name);
      await on("ham0", `rm -f ${images}/chosen.qcow2; ${makeUefi(chosenGuest)}`);
    };
    const marked = (path: string) => on("ham0", `grep -c ${mark} ${path} || :`);
    await make();
    expect(await mclu(["clone", "--as-is", "--no-start", "ham0/chosen", "ham0/chosen-too"])).toMatchObject({ code: 0 });
    expect(await marked(copied)).toBe("1\n");
    expect(await fates("chosen")).toContainEqual([own, "remove", null]);
    expect(await remove("chosen")).toMatchObject({ code: 0 });
    expect(await remove("chosen-too")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [own]: false, [copied]: false });

    await make();
    expect(await mclu(["rename", "ham0/chosen", "chosen-2"])).toMatchObject({ code: 0 });
    expect(await on("ham0", `${virsh} start chosen-2 --paused && ${virsh} dumpxml chosen-2`)).toContain(`>${own}<`);
    expect(await marked(own)).toBe("1\n");
    // another guest of the old name, which would have the same file
    const other = makeUefi({ ...chosenGuest, uuid: testUuid(91) });
    await on("ham0", `${virsh} destroy chosen-2; ${other}`);
    expect(await fates("ham0/chosen")).toContainEqual([own, "keep", "ham0/chosen-2 names it too"]);
    expect(await fates("chosen-2")).toContainEqual([own, "keep", "ham0/chosen names it too"]);
    await forget("ham0", "chosen");
    await on("ham0", `touch ${own}`);
    expect(await fates("chosen-2")).toContainEqual([own, "remove", null]);
    expect(await remove("chosen-2")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [own]: false });
  });

  it.each(["ham0", "ham1"])("removes the state of a TPM on %s, also where libvirt would keep it", async (node) => {
    const tpm = "<tpm model='tpm-tis'><backend type='emulator' version='2.0' persistent_state='yes'/></tpm>";
    await defineXml(node, "sealed", tpm, "<os><type machine='q35'>hvm</type></os>");
    const uuid = (await on(node, `${virsh} start sealed && ${virsh} domuuid sealed`)).trim();
    const secrets = `/var/lib/libvirt/swtpm/${uuid}`;
    await expectFiles(node, { [secrets]: true });
    expect(await whats(`${node}/sealed`, "--force")).toEqual(["definition", "TPM state"]);
    expect(await remove(`${node}/sealed`, "--force")).toMatchObject({ code: 0 });
    await expectFiles(node, { [secrets]: false });
  });

  it("keeps what the guest wrote besides its disks, and names it", async () => {
    const [port, log] = [`${images}/port.log`, `${images}/log.log`] as [string, string];
    await defineXml("ham0", "wordy", `<serial type='file'><source path='${port}'/><log file='${log}'/></serial>`);
    await on("ham0", `touch ${port} ${log}`);
    const reason = "it is no disk of the guest";
    expect(await fates("wordy")).toEqual([
      [port, "keep", reason],
      [log, "keep", reason],
    ]);
    expect(await remove("wordy")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [port]: true, [log]: true });
  });

  it("removes a transient guest with --force, and what it was started from", async () => {
    await image("ham0", "transient.qcow2");
    const xml = guestXml("transient", diskXml(`${images}/transient.qcow2`, "vda"));
    await on(
      "ham0",
      `${virsh} destroy transient 2>/dev/null; cat >/tmp/t.xml <<'X'\n${xml}\nX\n${virsh} create /tmp/t.xml`,
    );
    const run = await remove("transient", "--force");
    expect(run).toMatchObject({ code: 0, stdout: "ham0/transient: deleted\n" });
    expect(run.stderr).toContain("it is transient, defined nowhere");
    await expectFiles("ham0", { [`${images}/transient.qcow2`]: false });
  });
});
