import { expect, it } from "vitest";
import { planRename } from "../../src/operations/rename.ts";
import { fakeFiles } from "../support/fake-files.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { fakeJobs } from "../support/fake-jobs.ts";
import { testUuid } from "../support/test-driver.ts";

const guest = { name: "web1", uuid: testUuid(1), state: null };

it("refuses a guest that may run, and one of several", async () => {
  const cluster = await fakeCluster({ ham0: () => [guest, { name: "web2", uuid: testUuid(2) }] });
  expect((await planRename(cluster, "web1", "www")).targets).toMatchObject([
    { verdict: "refused", why: "libvirt renames only guests that are off, and it is in no known state" },
  ]);
  await expect(planRename(cluster, "web*", "www")).rejects.toMatchObject({
    ...{ exitCode: 4, hint: "name one of them: ham0/web1" },
  });
});

it("shows how the definition changes: the name, and neither title nor what else says so", async () => {
  const xml = "<domain><name>web1</name><title>web1</title><description>was <b>web1</b></description></domain>";
  const plan = async (definition: string) => {
    const off = { ...guest, state: "shut off", xml: definition } as const;
    return (await planRename(await fakeCluster({ ham0: () => [off] }), "web1", "a<b")).targets;
  };
  const [target] = await plan(xml);
  const changed = (target?.verdict === "change" ? (target.difference ?? "") : "").split("\n");
  expect(changed.filter((line) => /^[-+] /.test(line))).toEqual(["-  <name>web1</name>", "+  <name>a&lt;b</name>"]);
  for (const unread of ["", "no XML"]) {
    const [blind] = await plan(unread);
    expect(blind).toMatchObject({ verdict: "change", will: "rename to a<b" });
    expect(blind).not.toHaveProperty("difference");
  }
});

it("refuses a guest whose checkpoints libvirt would lose", async () => {
  const off = { ...guest, state: "shut off" } as const;
  const cluster = await fakeCluster({ ham0: () => [off] }, "", {
    virsh: (argv) => (argv[0] === "checkpoint-list" ? "one\ntwo\n" : undefined),
  });
  const why = "it has checkpoints, which libvirt would lose";
  expect((await planRename(cluster, "web1", "www")).targets).toMatchObject([
    { verdict: "refused", why, hint: expect.stringContaining("checkpoint-delete --checkpointname one, and so on") },
  ]);
});

it.each([
  {
    stale: "no",
    expected: { verdict: "refused", why: "somebody is building a guest www on ham1", hint: "mclu jobs" },
  },
  { stale: "yes", expected: { verdict: "change" } },
])("refuses the name that another node reserved for a build: stale: $stale", async ({ stale, expected }) => {
  const key = Buffer.from("www").toString("hex");
  const line = ["name", key, "20261122T120000-abcdefgh", 1024, 1, 1, "yes", stale, key, "yes"].join("\t");
  const reservations = (node: string) => (node === "ham1" ? line : "");
  const cluster = await fakeCluster({ ham0: () => [{ ...guest, state: "shut off" }], ham1: () => [] }, "", {
    run: fakeJobs({ reservations }),
  });
  expect((await planRename(cluster, "web1", "www")).targets).toMatchObject([expected]);
});

it.each(["a\rb", "a\x01b", "a\tb", "a\nb", "a/b", "a\x7fb", "a\u0085b", "a\ufffeb", "a\ud800b"])(
  "refuses a name that libvirt would read back as another one, or not at all: %j",
  async (name) => {
    const cluster = await fakeCluster({ ham0: () => [{ ...guest, state: "shut off" }] });
    await expect(planRename(cluster, "web1", name)).rejects.toMatchObject({
      ...{ exitCode: 2, message: expect.stringContaining("a character that libvirt cannot keep in a name") },
    });
  },
);

it("writes into the definition where the UEFI variables are that libvirt would look for under the new name", async () => {
  const variables = "/var/lib/libvirt/qemu/nvram/web1_VARS.fd";
  const xml = "<domain type='kvm'><name>web1</name><os firmware='efi'><type>hvm</type><boot dev='hd'/></os></domain>";
  const directory = "/var/lib/libvirt/qemu/nvram/.";
  const others = "/var/lib/libvirt/qemu/nvram/www_VARS.fd";
  const targetsOf = async (definition: string, uri: string, files: readonly string[] = [directory, variables]) => {
    const off = { ...guest, state: "shut off", xml: definition } as const;
    const run = fakeFiles(Object.fromEntries(files.map((path) => [path, {}])));
    return (await planRename(await fakeCluster({ ham0: () => [off] }, `uri = ${uri}\n`, { run }), "web1", "www"))
      .targets;
  };
  const planned = async (...[definition, uri, files]: Parameters<typeof targetsOf>) => {
    const [target] = await targetsOf(definition, uri, files);
    return target?.verdict === "change" ? target : expect.fail();
  };
  const { actions, difference } = await planned(xml, "qemu:///system");
  const [first, second] = actions;
  expect(first && "redefine" in first && first.redefine.texts.after).toContain(
    `<type>hvm</type><nvram>${variables}</nvram><boot`,
  );
  expect(second).toEqual({ virsh: ["domrename", "--domain", guest.uuid, "--new-name", "www"] });
  expect(difference?.split("\n").filter((line) => /^\+ /.test(line))).toEqual([
    "+  <name>www</name>",
    `+    <nvram>${variables}</nvram>`,
  ]);
  // nothing is known of what this login may not see
  expect((await planned(xml, "qemu:///system", [])).actions).toHaveLength(2);
  // it was never started: under its old name there is nothing to keep, and a later guest of that name would have it too
  expect((await planned(xml, "qemu:///system", [directory])).actions).toEqual([second]);
  expect(await targetsOf(xml, "qemu:///system", [directory, others])).toMatchObject([
    {
      ...{ verdict: "refused", hint: `mclu exec ham0 -- ls -l ${others}` },
      why: `it would be given the UEFI variables of another guest: ${others} is there already`,
    },
  ]);
  const unshown = await fakeCluster({ ham0: () => [{ ...guest, state: "shut off", xml }] }, "", {
    run: fakeFiles({ [directory]: {}, [variables]: {} }),
    virsh: (argv) => (argv.includes("--security-info") ? "" : undefined),
  });
  expect((await planRename(unshown, "web1", "www")).targets).toMatchObject([
    { verdict: "refused", why: "libvirt cannot show what it is" },
  ]);
  // where those of a session are nobody says
  expect((await planned(xml, "qemu:///session")).actions).toHaveLength(1);
  expect((await planned(xml.replace("<boot", "<nvram>/n/v</nvram><boot"), "qemu:///system")).actions).toHaveLength(1);
});
