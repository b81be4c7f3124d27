import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

/** Two nodes that were seen once; then ham1 fails, and what it had is only a memory. */
async function afterALook() {
  const home = temporaryDirectory();
  const env = { XDG_CACHE_HOME: home, MCLU_CONFIG: join(home, "mclu.conf") };
  const config = clusterOf({
    ham0: [{ name: "web1" }],
    ham1: [{ name: "db10", state: "shut off" }, { name: "db2", state: "shut off" }, { name: "mail\u202e" }],
  });
  writeFileSync(env.MCLU_CONFIG, config);
  const run = (...argv: string[]) => runMclu(argv, { env });
  const before = { list: await run("list", "--wide"), status: await run("status", "--wide") };
  const broken = config.replace(/(\[node\.ham1\]\n)uri = .*\n/, "$1uri = qemu+unix:///system?socket=/nonexistent\n");
  expect(broken).not.toBe(config);
  writeFileSync(env.MCLU_CONFIG, broken);
  return { env, run, before };
}

describe("what silent nodes had when they last answered", () => {
  it("is no part of a plain list, of names, or of status without --wide", async () => {
    const { run, before } = await afterALook();
    expect(before.list.stdout).not.toContain("was ");
    for (const argv of [["list"], ["list", "-o", "csv"], ["list", "-o", "json"], ["list", "--wide", "-o", "name"]])
      expect((await run(...argv)).stdout, argv.join(" ")).not.toMatch(/db2|remembered/);
    expect((await run("status")).stdout).not.toMatch(/db2|last seen/);
    expect(JSON.parse((await run("status", "-o", "json")).stdout).nodes[1]).not.toHaveProperty("remembered");
  });

  it("is added by list --wide, with its age and as what was", async () => {
    const { run } = await afterALook();
    const { code, stdout } = await run("list", "--wide");
    expect(code).toBe(3);
    const rows = stdout.trimEnd().split("\n");
    expect(rows[0]).toMatch(/ NOTE +SEEN$/);
    expect(rows[1]).toMatch(/^web1 +ham0 +running +1 +1.0G +\S+$/);
    const [dbTwo, dbTen, mail] = rows.slice(2);
    expect(dbTwo).toMatch(/^db2 +ham1 +was off +- +- +\S+ +\d+s ago$/);
    expect(dbTen).toMatch(/^db10 +ham1 +was off +- +- +\S+ +\d+s ago$/);
    expect(mail).toMatch(/^mail\\u202e +ham1 +was running +- +- +\S+ +\d+s ago$/);
    expect((await run("list", "--wide", "--running")).stdout).toMatch(/^mail/m);
    expect((await run("list", "--wide", "--running")).stdout).not.toContain("db2");
    expect((await run("list", "--wide", "--inactive")).stdout).not.toContain("mail");
  });

  it("is greyed by list --wide where there are colours, and what is there is not", async () => {
    const { env, run } = await afterALook();
    const { stdout } = await runMclu(["list", "--wide"], { env: { ...env, CLICOLOR_FORCE: "1" } });
    const [, web, ...gone] = stdout.trimEnd().split("\n");
    expect(web).not.toMatch(/^\x1b\[2m/);
    expect(gone.map((line) => /^\x1b\[2m.*\x1b\[22m$/.test(line))).toEqual([true, true, true]);
    expect((await run("list", "--wide")).stdout).not.toContain("\x1b");
  });

  it("is a field of its own in JSON, and a time in csv", async () => {
    const { run } = await afterALook();
    const report = parseDocument<{ guests: { name: string }[]; remembered: { name: string; seen: number }[] }>(
      (await run("list", "--wide", "-o", "json")).stdout,
    );
    expect(report.guests.map(({ name }) => name)).toEqual(["web1"]);
    expect(report.remembered[0]).toEqual({
      ...{ node: "ham1", name: "db2", uuid: testUuid(1), active: false },
      seen: expect.any(Number),
    });
    const [head, web, db] = (await run("list", "--columns", "name,state,seen", "--wide", "-o", "csv")).stdout.split(
      "\n",
    );
    expect([head, web]).toEqual(["name,state,seen", "web1,running,"]);
    expect(db).toBe(`db2,was off,${report.remembered[0]?.seen}`);
  });

  it("stands under the node in status --wide", async () => {
    const { run, before } = await afterALook();
    expect(before.status.stdout).not.toContain("last seen");
    const { stdout } = await run("status", "--wide");
    const [, ham1 = ""] = stdout.split(/^(?=ham1 )/m);
    expect(ham1.split("\n").slice(2, 5)).toEqual([
      expect.stringMatching(/^ {23}last seen: \d+s ago$/),
      `${" ".repeat(21)}was running: mail\\u202e`,
      `${" ".repeat(25)}was off: db2 db10`,
    ]);
    const { nodes } = parseDocument<{ nodes: { state: string; remembered?: { name: string }[] }[] }>(
      (await run("status", "--wide", "-o", "json")).stdout,
    );
    expect(nodes.map(({ remembered }) => remembered?.map(({ name }) => name))).toEqual([
      undefined,
      ["db2", "db10", "mail\u202e"],
    ]);
  });
});
