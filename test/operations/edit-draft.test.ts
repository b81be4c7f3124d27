import { statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { writeDraft } from "../../src/operations/edit/draft-file.ts";
import { openDraft } from "../../src/operations/edit/plan-edit.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { type OddGuest, oddCluster, oddUuid, oddXml } from "../support/odd-guest.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const xml = oddXml("").replace("<os>", `<uuid>${oddUuid}</uuid><os>`);
const open = async (guest: OddGuest) => openDraft(await oddCluster({ xml, ...guest }), "web1");

describe("a definition that is to be edited", () => {
  it.each<[string, OddGuest, object]>([
    ["cannot be read", { xml: "" }, { message: "libvirt cannot show what it is", exitCode: 5 }],
    [
      "is transient",
      { state: "running", transient: true },
      { message: expect.stringContaining("is transient"), exitCode: 6 },
    ],
    [
      "is not shown with its secrets",
      { virsh: (argv) => (argv.includes("--security-info") ? "" : undefined) },
      { message: "libvirt does not show its definition", hint: "mclu list", exitCode: 5 },
    ],
  ])("is refused where it %s", async (_what, guest, expected) => {
    await expect(open(guest)).rejects.toMatchObject(expected);
  });

  it("is refused where several guests match", async () => {
    const guests = [1, 2].map((at) => ({ name: `web${at}`, uuid: testUuid(at) }));
    const cluster = await fakeCluster({ ham0: () => guests });
    await expect(openDraft(cluster, "web*")).rejects.toMatchObject({
      exitCode: 4,
      hint: "name one of them: ham0/web1",
    });
  });

  it("becomes a plan, of a guest that runs for its next start", async () => {
    const draft = await open({ state: "running" });
    const edited = draft.plan(draft.xml.replace("machine='pc'", "machine='q35'"));
    expect(edited.targets).toMatchObject([{ verdict: "change", after: "it takes effect at the next start" }]);
    expect(draft.plan(draft.xml).targets).toMatchObject([{ verdict: "already", why: "not changed" }]);
  });

  it.each([
    ["another UUID", (text: string) => text.replace(oddUuid, testUuid(7)), "its UUID is another one"],
    ["another name", (text: string) => text.replace("web1", "web2"), "its name is another one"],
    ["no XML", () => "<domain>", "expected <domain>, well-formed"],
  ])("is refused with %s", async (_what, edit, why) => {
    const draft = await open({});
    expect(draft.plan(edit(draft.xml)).targets).toMatchObject([
      { verdict: "refused", why: expect.stringContaining(why) },
    ]);
  });

  it("says that saved memory comes first", async () => {
    const draft = await open({ managedSave: true });
    const { targets } = draft.plan(draft.xml.replace("machine='pc'", "machine='q35'"));
    expect(targets).toMatchObject([{ after: expect.stringContaining("its saved memory is resumed first") }]);
  });
});

describe("the file of a draft", () => {
  const guest = { name: "web1", uuid: oddUuid };

  it("is the user's alone, and says why it cannot be written or read", async () => {
    const directory = temporaryDirectory();
    const draft = await writeDraft(directory, guest, xml);
    expect([await draft.read(), statSync(draft.path).mode & 0o777]).toEqual([xml, 0o600]);
    await draft.remove();
    const unusable = { hint: "TMPDIR=DIRECTORY mclu edit ...", exitCode: 1 };
    await expect(draft.read()).rejects.toMatchObject({
      ...{ exitCode: 1, message: expect.stringContaining(`${draft.path} cannot be read: ENOENT`) },
    });
    const nowhere = join(directory, "none");
    await expect(writeDraft(nowhere, guest, xml)).rejects.toMatchObject({
      ...{ ...unusable, message: expect.stringContaining(`${nowhere} cannot be used: ENOENT`) },
    });
  });
});
