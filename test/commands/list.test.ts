import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const names = [
  "web10",
  "web2",
  "a b",
  "it's",
  "x$(id)",
  "*",
  "ham0:web",
  "-dash",
  "1",
  testUuid(3),
  "r\u202etl",
  "漢".repeat(200),
];

function cluster(): string {
  const directory = temporaryDirectory();
  const first = testDriverUri(
    directory,
    names.map((name, index) => ({ name, state: index === 0 ? "running" : "shut off" })),
  );
  const second = testDriverUri(directory, [{ name: "web2", uuid: "11111111-0000-4000-8000-000000000000" }]);
  return `[mclu]\ntransport = local\n[nodes]\nham0 =\nham1 =\n[node.ham0]\nuri = ${first}\n[node.ham1]\nuri = ${second}\n`;
}

describe("list", () => {
  it("names every guest exactly, by node, then in natural order", async () => {
    const run = await runMclu(["list", "-o", "json"], { config: cluster() });
    const { guests } = JSON.parse(run.stdout);
    expect(
      guests
        .map((guest: { name: string }) => guest.name)
        .slice(0, -1)
        .sort(),
    ).toEqual([...names].sort());
    expect(guests.at(-1)).toMatchObject({ node: "ham1", name: "web2", state: "running", duplicate: ["name"] });
    const order = guests.map((guest: { name: string }) => guest.name);
    expect(order.indexOf("web2")).toBeLessThan(order.indexOf("web10"));
  });

  it("marks duplicate names and UUIDs", async () => {
    const directory = temporaryDirectory();
    const [a, b] = [testDriverUri(directory, [{ name: "a" }]), testDriverUri(directory, [{ name: "b" }])];
    const config = `[mclu]\ntransport = local\n[nodes]\nn0 =\nn1 =\n[node.n0]\nuri = ${a}\n[node.n1]\nuri = ${b}\n`;
    const run = await runMclu(["list"], { config });
    expect(run.stdout.match(/duplicate uuid/g)).toHaveLength(2);
    const { stdout } = await runMclu(["list", "-o", "json"], { config });
    expect(parseDocument(stdout)).toMatchObject({
      guests: [
        { node: "n0", name: "a", duplicate: ["uuid"] },
        { node: "n1", name: "b", duplicate: ["uuid"] },
      ],
    });
  });

  it("escapes what would rewrite the line, in text and csv, and keeps it in JSON", async () => {
    const config = cluster();
    expect((await runMclu(["list"], { config })).stdout).toContain("r\\u202etl");
    expect((await runMclu(["list", "-o", "csv"], { config })).stdout).toContain("r\\u202etl,ham0");
    const json = (await runMclu(["list", "-o", "json"], { config })).stdout;
    expect(json).not.toContain("\u202e");
    expect(JSON.parse(json).guests).toContainEqual(expect.objectContaining({ name: "r\u202etl" }));
  });

  it("keeps wide names whole and aligned", async () => {
    const lines = (await runMclu(["list", "--columns", "name,node"], { config: cluster() })).stdout.split("\n");
    expect(lines.find((line) => line.startsWith("漢"))).toBe(`${"漢".repeat(200)}  ham0`);
    expect(lines.find((line) => line.startsWith("it's"))).toBe(`it's${" ".repeat(398)}ham0`);
  });

  it("filters by --running and --inactive, which exclude each other", async () => {
    const config = cluster();
    expect((await runMclu(["list", "--running", "-o", "name"], { config })).stdout).toBe("ham0/web10\nham1/web2\n");
    expect((await runMclu(["list", "--inactive", "-o", "name"], { config })).stdout).not.toContain("web10");
    expect(await runMclu(["list", "--running", "--inactive"], { config })).toMatchObject({ code: 2, stdout: "" });
  });

  it("lets columns be chosen and added, and refuses unknown ones", async () => {
    const config = cluster();
    const chosen = await runMclu(["list", "ham1", "--columns", "uuid,name", "--no-header"], { config });
    expect(chosen.stdout).toBe("11111111-0000-4000-8000-000000000000  web2\n");
    const added = await runMclu(["list", "ham1", "-o", "csv", "--columns", "+uuid"], { config });
    expect(added.stdout).toBe(
      "name,node,state,vcpus,memory,uuid\nweb2,ham1,running,1,1073741824,11111111-0000-4000-8000-000000000000\n",
    );
    const several = await runMclu(["list", "ham1", "-o", "csv", "--columns", "+note,uuid"], { config });
    expect(several.stdout.split("\n")[0]).toBe("name,node,state,vcpus,memory,note,uuid");
    const wrong = await runMclu(["list", "--columns", "nmae"], { config });
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("columns: name node state");
  });

  it("knows the states of more guests than one command line has room for", async () => {
    const guests = Array.from({ length: 1500 }, (_, index) => ({ name: `web${index}` }));
    const config = `[mclu]\ntransport = local\nuri = ${testDriverUri(temporaryDirectory(), guests)}\n[nodes]\nham0 =\n`;
    const { stdout } = await runMclu(["list", "--running", "-o", "name"], { config });
    expect(stdout.split("\n")).toHaveLength(1501);
  });

  it("gives names that come whole through xargs -d", async () => {
    const guests = ["a b", "it's", 'two "words"', "back\\slash"].map((name) => ({ name }));
    const config = `[mclu]\ntransport = local\nuri = ${testDriverUri(temporaryDirectory(), guests)}\n[nodes]\nham0 =\n`;
    const { stdout: input } = await runMclu(["list", "-o", "name"], { config });
    const passed = execFileSync("sh", ["-c", "xargs -rd '\\n' printf '%s|'"], { input, encoding: "utf8" });
    expect(passed.split("|").sort()).toEqual(["", ...guests.map(({ name }) => `ham0/${name}`)].sort());
  });

  it("warns of a failed node, whose guests are unknown, and exits 3", async () => {
    const config = `${cluster()}[node.ham1]\n`.replace(
      /(\[node\.ham1\]\n)uri = .*\n\[node\.ham1\]\n/,
      "$1uri = qemu+unix:///system?socket=/nonexistent\n",
    );
    const run = await runMclu(["list", "-o", "name"], { config });
    expect(run.code).toBe(3);
    expect(run.stdout).not.toContain("ham1");
    expect(run.stderr).toMatch(/^warning: ham1 failed: libvirt-down: .*; its guests are unknown\n {2}try: /);
  });
});
