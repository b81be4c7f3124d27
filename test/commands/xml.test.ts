import { describe, expect, it } from "vitest";
import { clusterOf, hostileNames, hostileSelectors } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

describe("xml", () => {
  const config = () => clusterOf({ ham0: hostileNames.map((name) => ({ name })) });

  it("prints the XML of the guest of that very name", async () => {
    for (const [index, name] of hostileSelectors.entries()) {
      const run = await runMclu(["xml", "--", name], { config: config() });
      expect([name, run.code]).toEqual([name, 0]);
      expect(run.stdout).toMatch(/^<domain [\s\S]*<\/domain>\n$/);
      expect(run.stdout).toContain(`<uuid>${testUuid(index)}</uuid>`);
    }
  });

  it("leaves a pipe the characters that a terminal gets escaped", async () => {
    const piped = await runMclu(["xml", "r\u202etl"], { config: config() });
    expect(piped.stdout).toContain("<name>r\u202etl</name>");
    const screen = await runMclu(["xml", "r\u202etl"], { config: config(), tty: { columns: 80, rows: 24 } });
    expect(screen.stdout).toBe(piped.stdout.replace("\u202e", "\\u202e"));
  });

  it("refuses a glob that means several, and names them", async () => {
    const run = await runMclu(["xml", "[a-i]*"], { config: config() });
    expect(run).toMatchObject({ code: 4, stdout: "" });
    expect(run.stderr).toContain("matches 3 guests and one is wanted: ham0/a b, ham0/ham0:web, ham0/it's");
  });

  it("knows the inactive XML and no secrets", async () => {
    const guest = { name: "web1", devices: "<graphics type='vnc' port='5901' passwd='hunter2'/>" };
    const run = await runMclu(["xml", "web1", "--inactive"], { config: clusterOf({ ham0: [guest] }) });
    expect(run.stdout).toContain("<graphics type='vnc'");
    expect(run.stdout).not.toContain("hunter2");
    expect(run.stdout).not.toContain("id='1'");
  });
});
