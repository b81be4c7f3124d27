import { describe, expect, it } from "vitest";
import { deleteBench, images } from "./delete-bench.ts";
import { expectNothingLeft } from "./fleet-user.ts";

describe("deleting guests of real nodes", () => {
  const bench = deleteBench({ net: "10.127.0", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic" } });
  const { on, remove, define, expectFiles, guests } = bench;

  it.each(["ham0", "ham1", "ham2"])("removes a guest of %s that is off, and its disk", async (node) => {
    const { name } = await define(node, `plain-${node}`);
    const run = await remove(name);
    expect([run.code, run.stdout]).toEqual([0, `${node}/${name}: deleted\n`]);
    expect(run.stderr).toContain(`remove  disk vda    ${images}/${name}.qcow2`);
    await expectFiles(node, { [`${images}/${name}.qcow2`]: false });
    expect(await guests(node)).not.toContain(name);
  });

  it("refuses a guest that runs, and with --force powers it off first", async () => {
    await define("ham2", "running", true);
    const refused = await remove("running");
    expect(refused).toMatchObject({ code: 6, stdout: "ham2/running: refused\n" });
    expect(refused.stderr).toContain("mclu delete --force ham2/running");
    expect(await remove("running", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham2", { [`${images}/running.qcow2`]: false });
  });

  it("says what remains when a file cannot be removed", async () => {
    await define("ham0", "stuck");
    await on("ham0", `chattr +i ${images}/stuck.qcow2 2>/dev/null || true`);
    try {
      const run = await remove("stuck");
      expect([run.code, run.stdout]).toEqual([1, "ham0/stuck: deleted, files remain\n"]);
      expect(run.stderr).toContain(`${images}/stuck.qcow2 remains: `);
      expect(await guests("ham0")).not.toContain("stuck");
    } finally {
      await on("ham0", `chattr -i ${images}/stuck.qcow2`);
    }
  });

  it("finds any name, and never another guest by it", async () => {
    for (const name of ["3", "a b", `it's "q"`, "-dash"]) await define("ham1", name);
    const run = await bench.user().mclu(["delete", "--yes-all=4", "--", "3", "a b", `it's "q"`, "ham1/-dash"]);
    expect([run.code, run.stdout.split("\n").length]).toEqual([0, 5]);
    expect((await on("ham1", `ls ${images}`)).trim()).toBe("");
  });

  it("wants the node's name while a node fails, and goes on without one that is off", async () => {
    await define("ham0", "careful");
    await bench.fleet().off("ham3");
    await bench.fleet().fault("ham2", "libvirtd-stopped");
    try {
      const bare = await remove("careful");
      expect(bare).toMatchObject({ code: 6, stdout: "" });
      expect(bare.stderr).toContain("name the node as well: ham0/careful");
      expect(await guests("ham0")).toContain("careful");
      expect(await remove("ham0/careful")).toMatchObject({ code: 0 });
    } finally {
      await Promise.all([bench.fleet().heal("ham2"), bench.fleet().on("ham3")]);
    }
  });

  it("leaves no process behind", async () => {
    await expectNothingLeft(bench.fleet().nodes);
  });
});
