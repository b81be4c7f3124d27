import { describe, expect, it } from "vitest";
import { withDomain } from "../../src/operations/virsh.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

function cluster(): string {
  const directory = temporaryDirectory();
  const first = testDriverUri(directory, [{ name: "web1" }, { name: "7" }, { name: "ham1" }]);
  const second = testDriverUri(directory, [{ name: "db1", uuid: "11111111-0000-4000-8000-000000000000" }]);
  return `[mclu]\ntransport = local\n[nodes]\nham0 =\nham1 =\n[node.ham0]\nuri = ${first}\n[node.ham1]\nuri = ${second}\n`;
}

const virsh = (argv: readonly string[]) => runMclu(["virsh", ...argv], { config: cluster() });

describe("virsh", () => {
  it("runs on a node with its arguments as they are", async () => {
    const run = await virsh(["ham0", "--", "list", "--all", "--name"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.trim().split("\n").sort()).toEqual(["7", "ham1", "web1"]);
  });

  it("puts a guest's UUID after virsh's command word", async () => {
    expect((await virsh(["web1", "--", "dominfo"])).stdout).toContain(testUuid(0));
    expect((await virsh(["ham0/7", "--", "-q", "domname"])).stdout.trim()).toBe("7");
    const shown = await virsh(["db1", "--show-commands", "--", "dominfo"]);
    expect(shown.stderr).toMatch(/^ham1: virsh -c test:\S+ dominfo 11111111-0000-4000-8000-000000000000\n$/);
  });

  it("passes virsh's exit code and its complaint on", async () => {
    const run = await virsh(["ham0", "--", "dominfo", "nobody"]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("nobody");
  });

  it.each([
    [["ham1", "--", "list"], 4, "ham1 is a node and a guest"],
    [["nobody", "--", "dominfo"], 4, "no guest is named nobody"],
    [["hma0", "--", "list"], 4, "no guest is named hma0\n  did you mean the node ham0? Or: mclu list\n"],
    [["web1"], 2, "nothing stands after --"],
    [["web1", "dominfo", "a b"], 2, "mclu virsh web1 -- dominfo 'a b'"],
    [["@here", "--", "list"], 2, "mclu exec @here -- virsh list"],
    [["*1", "--", "dominfo"], 4, "name one of them: ham0/ham1, ham0/web1, ham1/db1"],
    [["web1", "db1", "--", "dominfo"], 2, "one node or guest"],
    [["web1", "--", "-q"], 2, "no virsh command"],
  ])("refuses %j", async (argv, code, message) => {
    const run = await virsh(argv);
    expect(run.code).toBe(code);
    expect(run.stderr).toContain(message);
  });

  it("takes the name that is a node's for the guest's where the node is named too", async () => {
    expect((await virsh(["ham0/ham1", "--", "domname"])).stdout.trim()).toBe("ham1");
  });
});

describe("withDomain", () => {
  it("passes over virsh's own options and their values", () => {
    expect(withDomain(["-k", "5", "-q", "--connect", "x", "domstate", "--reason"], "U")).toEqual([
      "-k",
      "5",
      "-q",
      "--connect",
      "x",
      "domstate",
      "U",
      "--reason",
    ]);
  });
});
