import { describe, expect, it } from "vitest";
import { commandsOfMove, type MoveJob, moveJobSpec } from "../../../src/operations/move/move-job.ts";
import { testUuid } from "../../support/test-driver.ts";

const root = { mode: "600", owner: 0, group: 0 };
const nvram = "/nvram/web1_VARS.fd";
const state = "/state/uuid";

/** A guest that is off, a linked clone with UEFI variables and a TPM. */
const job: MoveJob = {
  ...{ id: "id", control: "qemu+ssh://ham1/system", uri: "qemu:///system", client: "kei@desk", reservation: "key" },
  plan: {
    guest: { node: "ham0", name: "web1", uuid: testUuid(1), state: "shut off" },
    ...{ node: "ham1", how: "offline", nvram: { path: nvram, way: "copied" }, tpm: state, size: 4096 },
    disks: [{ target: "vda", path: "/i/web1.qcow2", format: "qcow2", size: 4096, way: "copied", pool: "default" }],
    ...{ control: "qemu+ssh://ham1/system", data: null, notes: [], nodes: [] },
  },
  ...{ unsafe: false, fileSizes: new Map([["/i/web1.qcow2", 512]]), pools: new Map([["/i", "default"]]) },
  firmware: {
    ...{ type: "kvm", arch: "x86_64", machine: "q35", nvram: null, loader: null },
    tpm: { model: "tpm-crb", version: "2.0" },
  },
  raw: [],
  imagePlaces: [],
  definition: "hash",
  relinks: new Map([["vda", { base: "/i/base-ham1.qcow2", format: "qcow2" }]]),
  carried: {
    files: [
      { label: "nvram", path: nvram, size: 100, rights: root },
      { label: "permall", path: `${state}/permall`, size: 10, rights: { mode: "600", owner: 110, group: 112 } },
    ],
    places: [
      { directory: "/nvram", made: false, rights: null },
      { directory: state, made: true, rights: { mode: "700", owner: 110, group: 112 } },
    ],
    tpm: state,
  },
};

describe("the job of a move of a guest that is off", () => {
  const spec = moveJobSpec(job);
  const file = (name: string) => {
    const source = spec.files?.find((one) => one.name === name)?.source;
    return source && "data" in source ? String(source.data) : expect.fail(`no ${name}`);
  };

  it("makes each file with its owner, in a directory that is a pool for the while", () => {
    expect(file("volume-0.xml")).toContain('<capacity unit="bytes">512</capacity>');
    expect(file("volume-1.xml")).toMatch(/<mode>0600<\/mode>\s*<owner>0<\/owner>\s*<group>0<\/group>/);
    expect(file("volume-2.xml")).toMatch(/<owner>110<\/owner>\s*<group>112<\/group>/);
    expect(file("pool-0.xml")).not.toContain("permissions");
    expect(file("pool-1.xml")).toMatch(
      /<name>mclu-id-1<\/name>[\s\S]*<path>\/state\/uuid<\/path>[\s\S]*<mode>0700<\/mode>/,
    );
  });

  it("remembers the TPM's state before it makes any, and copies a relinked disk from beside itself", () => {
    const script = (name: string) => spec.stages.find((stage) => stage.name === name)?.script ?? "";
    expect(script("make volumes")).toMatch(/^made_firmware\nthere pool-create/);
    expect(script("copy")).toContain("-b /i/base-ham1.qcow2 -F qcow2 /i/.web1.qcow2.mclu-id.part");
    expect(script("copy")).toContain("--file /i/.web1.qcow2.mclu-id.part --sparse");
    expect(script("copy")).toContain("rm -f -- /i/.web1.qcow2.mclu-id.part");
  });

  it("is shown in its order, without a pool for what is one already", () => {
    const commands = commandsOfMove(
      {
        ...job,
        pools: new Map([
          ["/nvram", "variables"],
          ["/i", "default"],
        ]),
      },
      "qemu:///system",
    );
    expect(commands.map((line) => line.replace("virsh -q -c qemu+ssh://ham1/system ", ""))).toEqual([
      "cp --sparse=always --reflink=auto -- /i/web1.qcow2 /i/.web1.qcow2.mclu-ID.part",
      "qemu-img rebase -u -f qcow2 -b /i/base-ham1.qcow2 -F qcow2 /i/.web1.qcow2.mclu-ID.part",
      "pool-create jobs/ID/files/pool-0.xml --build",
      "vol-create default jobs/ID/files/volume-0.xml",
      "vol-create variables jobs/ID/files/volume-1.xml",
      "vol-create mclu-ID-0 jobs/ID/files/volume-2.xml",
      "vol-upload --pool default --vol web1.qcow2 --file /i/.web1.qcow2.mclu-ID.part --sparse",
      "vol-upload --pool variables --vol web1_VARS.fd --file /nvram/web1_VARS.fd --sparse",
      "vol-upload --pool mclu-ID-0 --vol permall --file /state/uuid/permall --sparse",
      "pool-destroy mclu-ID-0",
      `virsh -q -c qemu:///system migrate --persistent --undefinesource --offline ${testUuid(1)} qemu+ssh://ham1/system`,
      "mv -nT -- /i/web1.qcow2 /i/.web1.qcow2.migrated-ID",
      "mv -nT -- /nvram/web1_VARS.fd /nvram/.web1_VARS.fd.migrated-ID",
    ]);
  });
});
