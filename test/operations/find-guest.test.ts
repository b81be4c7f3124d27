import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open.ts";
import { findGuests } from "../../src/operations/find-guest.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const other = "22222222-0000-4000-8000-000000000000";

async function cluster(extra = "") {
  const directory = temporaryDirectory();
  const first = testDriverUri(
    directory,
    ["web1", "web2", "1", "*", "n1:db", testUuid(0), "both"].map((name) => ({ name })),
  );
  const second = testDriverUri(directory, [
    { name: "db", uuid: other },
    { name: "both", uuid: other.replace("0000", "1111") },
  ]);
  const file = join(directory, "mclu.conf");
  writeFileSync(
    file,
    `[mclu]\ntransport = local\n[nodes]\nn0 =\nn1 =\n${extra}[node.n0]\ngroups = fast\nuri = ${first}\n[node.n1]\nuri = ${second}\n`,
  );
  return openCluster({ file, env: { HOME: directory } });
}

const names = async (...selectors: string[]) =>
  (await findGuests(await cluster(), selectors)).guests.map((guest) => `${guest.node.name}/${guest.name}`);

describe("findGuests", () => {
  it("finds by name, qualified name, UUID, glob and group, each guest once, in configuration order", async () => {
    expect(await names("db", "web1")).toEqual(["n0/web1", "n1/db"]);
    expect(await names("n0/both")).toEqual(["n0/both"]);
    expect(await names(other)).toEqual(["n1/db"]);
    expect(await names("web*", "web1")).toEqual(["n0/web1", "n0/web2"]);
    expect(await names("@fast/web*")).toEqual(["n0/web1", "n0/web2"]);
  });

  it("refuses a guest of a node that is left out", async () => {
    await expect(findGuests(await cluster(), ["n0/web1"], { nodes: ["n1"] })).rejects.toMatchObject({
      ...{ exitCode: 2, message: "n0/web1 is nowhere where --node looks: n1", hint: "leave --node out: n0/web1" },
    });
  });

  it("refuses NODE/GUEST of a node that --node leaves out, and does not say that there is no such guest", async () => {
    await expect(findGuests(await cluster(), ["n0/web1"], { nodes: ["n1"] })).rejects.toMatchObject({
      message: "n0/web1 is nowhere where --node looks: n1",
      hint: "leave --node out: n0/web1",
      exitCode: 2,
    });
    const { guests } = await findGuests(await cluster(), ["n0/web1"], { nodes: ["n1", "@fast"] });
    expect(guests.map(({ name }) => name)).toEqual(["web1"]);
  });

  it("prefers an exact name to a glob, a UUID and NODE:GUEST", async () => {
    expect(await names("*")).toEqual(["n0/*"]);
    expect(await names("1")).toEqual(["n0/1"]);
    expect(await names("n1:db")).toEqual(["n0/n1:db"]);
    expect(await names("n1:both")).toEqual(["n1/both"]);
  });

  it("refuses a text that is one guest's name and another's UUID, and says how to name either", async () => {
    // the first guest has this UUID, the sixth has it as a name
    await expect(names(testUuid(0))).rejects.toMatchObject({
      exitCode: 4,
      message: `${testUuid(0)} is the name of n0/${testUuid(0)} and the UUID of n0/web1`,
      hint: `for the first type its UUID, ${testUuid(5)}; for the second its name`,
    });
    expect(await names(testUuid(5), "web1")).toEqual(
      ["n0/web1", `n0/${testUuid(0)}`].sort((x) => (x.endsWith("web1") ? 1 : -1)),
    );
  });

  it("refuses a name on two nodes and lists both", async () => {
    await expect(names("both")).rejects.toMatchObject({ exitCode: 4, message: "both is on 2 nodes: n0/both, n1/both" });
  });

  it("says that no guest has the name, and which case would", async () => {
    await expect(names("WEB1")).rejects.toMatchObject({ exitCode: 4, hint: "did you mean n0/web1?" });
    await expect(names("x*")).rejects.toMatchObject({ exitCode: 4, message: "no guest matches x*" });
    await expect(names("n9/web1")).rejects.toMatchObject({ exitCode: 4 });
  });

  it("exits 5 where a node that failed may have the guest, and names the node", async () => {
    const broken = await cluster("bad =\n[node.bad]\nuri = qemu+unix:///system?socket=/nonexistent\n");
    await expect(findGuests(broken, ["gone"])).rejects.toMatchObject({
      exitCode: 5,
      message: "no guest is named gone; not asked: bad (libvirt-down)",
    });
    await expect(findGuests(broken, ["bad/gone"])).rejects.toMatchObject({
      exitCode: 5,
      message: "whether there is a guest gone on bad is unknown: no answer from bad (libvirt-down)",
    });
    const found = await findGuests(broken, ["web1"]);
    expect(found.nodes).toContainEqual(expect.objectContaining({ node: "bad", state: "failed" }));
  });

  it("asks the named node alone", async () => {
    expect((await findGuests(await cluster(), ["n1/db"])).nodes).toEqual([{ node: "n1", state: "on" }]);
    expect((await findGuests(await cluster(), ["db"], { nodes: ["n1"] })).nodes).toEqual([{ node: "n1", state: "on" }]);
  });
});
