import { describe, expect, it } from "vitest";
import { clusterOf } from "../../support/guests.ts";
import { parseDocument } from "../../support/json-schema.ts";
import { runMclu } from "../../support/run-mclu.ts";
import type { TestGuest } from "../../support/test-driver.ts";

interface Target {
  readonly verdict: string;
  readonly why?: string;
  readonly actions: readonly {
    readonly virsh?: readonly string[];
    readonly redefine?: { readonly difference: string };
  }[];
  readonly difference?: string;
  readonly after: string | null;
}

const cdrom = "<disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>";
const disk = "<disk type='file'><source file='/i/a'/><target dev='vda' bus='virtio'/></disk>";

async function plan(guest: Partial<TestGuest>, ...words: string[]): Promise<Target> {
  const config = clusterOf({ ham0: [{ name: "web1", state: "shut off", vcpus: 2, ...guest }] });
  const { stdout, stderr } = await runMclu(["set", "--dry-run", "-o", "json", "web1", ...words], { config });
  expect(stderr).toBe("");
  const [target] = parseDocument<{ targets: readonly Target[] }>(stdout).targets;
  if (!target) throw new Error("a plan for one guest has one target");
  return target;
}

/** virsh's words without the UUID. */
const commands = ({ actions }: Target) =>
  actions.map(({ virsh }) => virsh?.map((word) => (/^[0-9a-f-]{36}$/.test(word) ? "UUID" : word)).join(" "));

describe("set", () => {
  it("raises the maximum before what is below it, and lowers it after", async () => {
    expect(commands(await plan({}, "vcpus=4"))).toEqual([
      "setvcpus UUID 4 --maximum --config",
      "setvcpus UUID 4 --config",
    ]);
    expect(commands(await plan({}, "vcpus=1"))).toEqual([
      "setvcpus UUID 1 --config",
      "setvcpus UUID 1 --maximum --config",
    ]);
  });

  it("gives a guest that runs more vCPUs up to its maximum at once, and leaves the rest to the next start", async () => {
    const running = { state: "running", more: "<vcpu current='1'>3</vcpu>" } as const;
    const change = await plan({ ...running, vcpus: 3 }, "vcpus=4");
    expect([commands(change), change.after]).toEqual([
      ["setvcpus UUID 4 --maximum --config", "setvcpus UUID 4 --config"],
      "vcpus=4 takes effect at the next start: it runs with at most 3",
    ]);
  });

  it("refuses more vCPUs than the hypervisor can give, and than the topology has", async () => {
    expect(await plan({}, "vcpus=999")).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("at most 32"),
    });
    const more = "<cpu><topology sockets='1' dies='1' cores='2' threads='1'/></cpu>";
    expect(await plan({ more }, "vcpus=3")).toMatchObject({
      verdict: "refused",
      why: expect.stringContaining("topology has 2"),
    });
    expect(commands(await plan({ more }, "vcpus=1"))).toEqual(["setvcpus UUID 1 --config"]);
  });

  it("sets memory, of a guest that runs up to its maximum", async () => {
    expect(commands(await plan({}, "memory=2G"))).toEqual([
      "setmaxmem UUID --size 2097152KiB --config",
      "setmem UUID --size 2097152KiB --config",
    ]);
    expect(commands(await plan({ state: "running" }, "memory=512M"))).toEqual([
      "setmem UUID --size 524288KiB --live",
      "setmaxmem UUID --size 524288KiB --config",
    ]);
    const more = await plan({ state: "running" }, "memory=2G");
    expect(more.after).toBe("memory=2G takes effect at the next start: it runs with at most 1G");
  });

  it("puts a boot device first by a redefinition, and refuses one that is not there", async () => {
    const change = await plan({ devices: cdrom + disk }, "boot=cdrom", "vcpus=3");
    expect(change.actions[0]?.redefine?.difference).toMatch(/^\+ +<boot dev="cdrom"\/>$/m);
    expect(change.difference).toMatch(/^\+ +<vcpu[^>]*>3<\/vcpu>$/m);
    expect(await plan({ devices: disk }, "boot=cdrom")).toMatchObject({
      verdict: "refused",
      why: "it has no cdrom drive to boot from",
    });
  });

  it("changes the order of single devices where they have one", async () => {
    const order = (xml: string, place: number) => xml.replace("<target", `<boot order='${place}'/><target`);
    const { difference = "" } = await plan({ devices: order(disk, 1) + order(cdrom, 2) }, "boot=cdrom");
    expect(difference.match(/^[+-] +<boot .*$/gm)).toEqual([
      expect.stringMatching(/^- .*order="1"/),
      expect.stringMatching(/^\+ .*order="2"/),
      expect.stringMatching(/^- .*order="2"/),
      expect.stringMatching(/^\+ .*order="1"/),
    ]);
  });

  it("does nothing where it is so already", async () => {
    expect(await plan({}, "vcpus=2", "memory=1G", "description=")).toMatchObject({
      verdict: "already",
      why: "already so",
    });
  });

  it("asks about what a pattern chose, and names no guest twice", async () => {
    const config = clusterOf({ ham0: [{ name: "web1" }, { name: "web2" }] });
    const run = await runMclu(["set", "web*", "description=x"], { config });
    expect([run.code, run.stderr]).toEqual([6, expect.stringContaining("this would set 2 guests")]);
    expect((await runMclu(["set", "vcpus=2"], { config })).stderr).toContain("no guest is named");
  });
});
