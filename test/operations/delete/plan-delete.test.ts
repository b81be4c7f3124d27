import { describe, expect, it } from "vitest";
import { protectionNamespace } from "../../../src/libvirt/guest-look.ts";
import { planDelete } from "../../../src/operations/delete/plan-delete.ts";
import { type FakeGuest, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

const uuid = testUuid(1);
const guest = (more: Partial<FakeGuest> = {}): FakeGuest => ({ name: "web1", uuid, ...more });
const targetsOf = async (more: Partial<FakeGuest>, force = false) =>
  (await planDelete(await fakeCluster({ ham0: () => [guest(more)] }), { guests: ["web1"] }, { force })).targets;

describe("delete refuses", () => {
  const mark = `<metadata><p:protected xmlns:p='${protectionNamespace}'/></metadata>`;

  it.each<[string, Partial<FakeGuest>, boolean, string]>([
    ["runs", {}, false, "it is running"],
    ["may run", { state: null }, false, "it is in no known state"],
    ["is protected", { xml: `<domain><name>web1</name>${mark}</domain>` }, true, "it is protected"],
    ["cannot be looked at", { xml: "" }, true, "libvirt cannot show what it is"],
  ])("a guest that %s", async (_what, more, force, why) => {
    expect(await targetsOf(more, force)).toMatchObject([{ verdict: "refused", why }]);
  });

  it("all guests at once", async () => {
    const cluster = await fakeCluster({ ham0: () => [guest()] });
    await expect(planDelete(cluster, { guests: [], all: true })).rejects.toMatchObject({ exitCode: 2 });
  });

  it("a bare name while a node failed, and says how to name the guest; not while one is off", async () => {
    const refused = { exitCode: 6, message: "web1 may be on a node that gave no answer: ham1 (lost)" };
    const lost = await fakeCluster({ ham0: () => [guest()], ham1: () => lostNode });
    await expect(planDelete(lost, { guests: ["web1"] })).rejects.toMatchObject({
      ...{ ...refused, hint: "name the node as well: ham0/web1; or ping ham0" },
    });
    const off = await fakeCluster({ ham0: () => [guest()], ham1: () => offNode });
    expect((await planDelete(off, { guests: ["web1"] })).targets).toMatchObject([{ why: "it is running" }]);
  });

  it("a guest whose node falls silent after it was looked at", async () => {
    const cluster = await fakeCluster({ ham0: (asked) => (asked < 2 ? [guest()] : lostNode) });
    const { targets, nodes } = await planDelete(cluster, { guests: ["web1"] }, { force: true });
    expect(targets).toMatchObject([
      { verdict: "refused", why: "its node gave no answer about the disks", hint: "mclu status ham0" },
    ]);
    expect(nodes).toMatchObject([{ node: "ham0", state: "failed", reason: "lost" }]);
  });
});

it.each([
  ["qemu:///system", "/var/lib/libvirt/qemu/nvram/web1_VARS.fd"],
  ["qemu:///session", null],
])("has libvirt of %s remove the UEFI variables that it chose: %s", async (uri, path) => {
  const xml = "<domain><name>web1</name><os firmware='efi'><type>hvm</type></os></domain>";
  const cluster = await fakeCluster({ ham0: () => [guest({ state: "shut off", xml })] }, `uri = ${uri}\n`, {
    run: (argv) => (argv[3] === "mclu" && argv.at(-1) === path ? "none\n" : undefined),
  });
  const [target] = (await planDelete(cluster, { guests: ["web1"] })).targets;
  expect(target).toMatchObject({ verdict: "change" });
  if (target?.verdict !== "change") return;
  expect(target.actions).toContainEqual({ virsh: ["undefine", uuid, "--nvram"] });
  expect(target.files).toContainEqual({ what: "firmware variables", path, size: null, fate: "remove", reason: null });
});
