import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf, hostileNames, network } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const pool =
  "<pool type='dir'><name>disks of it</name><uuid>00000000-0000-4000-8000-0000000000bb</uuid><target><path>/p</path></target></pool>";
const config = () =>
  clusterOf({ ham0: hostileNames.map((name) => ({ name })), ham1: [{ name: "db" }] }, network + pool);

describe("dump", () => {
  it("writes every definition under a name that leads back to it", async () => {
    const directory = join(temporaryDirectory(), "new", "place");
    const run = await runMclu(["dump", directory], { config: config() });
    expect(run).toEqual({
      code: 0,
      stderr: "",
      stdout: "ham0: 12 guests, 1 network, 1 pool\nham1: 1 guest, 1 network, 1 pool\n",
    });
    const files = readdirSync(join(directory, "ham0")).filter((name) => name.endsWith(".xml"));
    const long = `${"漢".repeat(33)}%%${testUuid(11)}.xml`;
    const names = files.map((file) => (file === long ? hostileNames[11] : decodeURIComponent(file.slice(0, -4))));
    expect(names.sort()).toEqual([...hostileNames].sort());
    const text = readFileSync(join(directory, "ham0", "it%27s.xml"), "utf8");
    expect(text).toContain(`<uuid>${testUuid(3)}</uuid>`);
    expect(readdirSync(join(directory, "ham1", "networks"))).toEqual(["default.xml"]);
    expect(readdirSync(join(directory, "ham1", "pools"))).toEqual(["disks%20of%20it.xml"]);
  });

  it("refuses a directory with something in it before any node is asked, unless forced", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "mine"), "mine");
    const refused = await runMclu(["dump", directory], { config: config() });
    expect(refused).toMatchObject({ code: 6, stdout: "" });
    expect(readdirSync(directory)).toEqual(["mine"]);
    const report = await runMclu(["dump", directory, "--force", "-o", "json"], { config: config() });
    const { nodes } = parseDocument<{ nodes: { guests: { name: string; file: string }[] }[] }>(report.stdout);
    expect(nodes[1]?.guests).toMatchObject([{ name: "db", file: "ham1/db.xml" }]);
    expect(readFileSync(join(directory, "mine"), "utf8")).toBe("mine");
    expect((await runMclu(["dump", directory, "--force"], { config: config() })).code).toBe(0);
  });

  it("says what cannot be written", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    const run = await runMclu(["dump", file], { config: config() });
    expect(run).toMatchObject({ code: 1, stdout: "" });
    expect(run.stderr).toContain(`${file} cannot be written: ENOTDIR`);
  });

  it("says which node is missing and exits 3; with no node at all nothing is made, and it exits 5", async () => {
    const directory = join(temporaryDirectory(), "d");
    const bad = "[node.bad]\nuri = qemu+unix:///system?socket=/no\n";
    const none = await runMclu(["dump", directory], { config: `[mclu]\ntransport = local\n[nodes]\nbad =\n${bad}` });
    expect(none.code).toBe(5);
    expect(existsSync(directory)).toBe(false);
    const some = await runMclu(["dump", directory], {
      config: `${config().replace("[nodes]\n", "[nodes]\nbad =\n")}${bad}`,
    });
    expect(some.code).toBe(3);
    expect(some.stderr).toMatch(/^warning: bad failed: /);
    expect(some.stdout).toMatch(/^ham0: 12 guests/);
  });
});
