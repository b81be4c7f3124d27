import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const config = () =>
  clusterOf({ ham0: [{ name: "web1" }, { name: "web2" }, { name: "wiki" }], ham1: [{ name: "mail" }] });

describe("a mistake", () => {
  it.each([
    ["start wbe1", 4, "no guest is named wbe1", "did you mean ham0/web1?"],
    ["info WIKI", 4, "no guest is named WIKI", "did you mean ham0/wiki?"],
    // as near to one as to the other
    ["info web9", 4, "no guest is named web9", "mclu list"],
    ["info 'wbe*'", 4, "no guest matches wbe*", "mclu list"],
    ["status hma1", 4, "no node named hma1: did you mean ham1?", "nodes: ham0 ham1"],
    ["status ham7", 4, "no node named ham7", "nodes: ham0 ham1"],
    ["migrate web1 hma1", 4, "no node named hma1: did you mean ham1?", "nodes: ham0 ham1"],
    ["migrate ham1 web1", 4, "no node named web1, and ham1 is one", "the guest comes first: mclu migrate web1 ham1"],
    ["build debain-12 db1", 4, "no template named debain-12: did you mean debian-12?", "looked for debain-12.conf in "],
    ["template show debian", 4, "no template named debian: did you mean debian-12 or debian-13?", "looked for"],
    ["build db1 debian-12", 4, "no template named db1", "the template comes first: mclu build debian-12 db1"],
    [
      "jobs folow 20261122",
      2,
      "neither a node nor a command: folow: did you mean mclu jobs follow?",
      "see: mclu help jobs",
    ],
    ["image exprot web1 web1.raw", 2, "neither a node nor a command: exprot: did you mean mclu image export?", "see: "],
    ["jobs hma1", 4, "no node named hma1: did you mean ham1?", "nodes: ham0 ham1"],
    ["jobs nowhere", 4, "no node named nowhere", "nodes: ham0 ham1"],
    ["set vcpus=4 web1", 2, "web1 sets nothing; guests come first", "mclu set web1 vcpus=4"],
  ])("mclu %s ends with %d, and says what to type", async (line, code, message, hint) => {
    const argv = line.split(" ").map((word) => word.replaceAll("'", ""));
    const run = await runMclu(argv, { config: config() });
    expect([run.code, run.stdout]).toEqual([code, ""]);
    expect(run.stderr.split("\n")[0]).toBe(`error: ${message}`);
    expect(run.stderr.split("\n")[1]).toContain(`  ${hint}`);
  });

  it("in a node's name among many is answered with a hundred of them", async () => {
    const names = Array.from({ length: 150 }, (_, index) => `ham${index}`);
    const run = await runMclu(["status", "nowhere"], { config: `[nodes]\n${names.join(" =\n")} =\n` });
    expect([run.code, run.stderr.split("\n")[1]]).toEqual([
      4,
      `  nodes: ${names.slice(0, 100).join(" ")} ..., see mclu node list`,
    ]);
  });

  it("in the node of a guest is found by what was seen last", async () => {
    const home = temporaryDirectory();
    const env = { XDG_CACHE_HOME: home, MCLU_CONFIG: join(home, "mclu.conf") };
    writeFileSync(env.MCLU_CONFIG, config());
    await runMclu(["list"], { env });
    const run = await runMclu(["info", "ham1/web1"], { env });
    expect([run.code, run.stderr]).toEqual([4, "error: no guest is named web1 on ham1\n  did you mean ham0/web1?\n"]);
  });
});
