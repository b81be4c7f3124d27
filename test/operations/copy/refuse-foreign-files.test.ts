import { expect, it } from "vitest";
import { refuseForeignFiles } from "../../../src/operations/copy/refuse-foreign-files.ts";
import { findGuests } from "../../../src/operations/find-guest.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { testUuid } from "../../support/test-driver.ts";

const [one, two] = ["a".repeat(64), "b".repeat(64)];

/** Refuses an image of ham0 that goes to ham1, which have files of these checksums. */
async function refuse(xml: string, sums: { readonly ham0?: string; readonly ham1?: string }) {
  const run = (argv: readonly string[], node: string) =>
    argv[2]?.includes("sha256sum") ? `${sums[node as "ham0"] ?? "none"}  -\n` : undefined;
  const nodes = { ham0: () => [{ name: "web1", uuid: testUuid(1), xml }], ham1: () => [] };
  const cluster = await fakeCluster(nodes, "", { run });
  const { guests } = await findGuests(cluster, ["web1"]);
  const target = { node: cluster.node("ham1"), loaders: ["/usr/share/OVMF.fd"] };
  const definition = { xml, own: ["/images/web1.img"] };
  await refuseForeignFiles(guests[0] ?? expect.fail("no guest"), target, definition, undefined);
}

const kernel = oddXml("").replace("</os>", "<kernel>/boot/k</kernel></os>");
const iso = oddXml("<disk type='file' device='cdrom'><source file='/a.iso'/><target dev='sda'/></disk>");

it("lets what is read pass where the node has the very same, and firmware that libvirt there knows", async () => {
  await refuse(kernel, { ham0: one, ham1: one });
  await refuse(oddXml("<disk type='file'><source file='/images/web1.img'/></disk>"), {});
  await refuse(oddXml("").replace("</os>", "<loader>/usr/share/OVMF.fd</loader></os>"), {});
});

it.each([
  [
    kernel,
    { ham0: one },
    "ham1 has no /boot/k, the kernel of ham0/web1",
    "scp -3 ham0:/boot/k ham1:/boot/k; or mclu edit ham0/web1",
  ],
  [
    kernel,
    { ham0: one, ham1: two },
    "ham1 has another file at /boot/k, the kernel of ham0/web1",
    "mclu edit ham0/web1",
  ],
  [kernel, { ham1: two }, "ham1 has another file at /boot/k, the kernel of ham0/web1", "mclu edit ham0/web1"],
  [iso, { ham0: one }, "ham1 has no /a.iso, the cdrom sda of ham0/web1", "mclu iso eject ham0/web1 sda"],
  [
    oddXml("<serial type='file'><source path='/etc/cron.d/x'/></serial>"),
    { ham0: one, ham1: one },
    "the serial of ham0/web1 is tied to ham0: /etc/cron.d/x",
    "mclu edit ham0/web1",
  ],
])("refuses %s where the nodes have %j", async (xml, sums, message, hint) => {
  await expect(refuse(xml, sums)).rejects.toMatchObject({ exitCode: 6, message, hint });
});
