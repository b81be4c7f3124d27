import { describe, expect, it } from "vitest";
import { describeCommands } from "../../scripts/manual/described.ts";
import { topics } from "../../src/commands/topics/all.ts";
import { displayWidth } from "../../src/render/width.ts";
import { runMclu } from "../support/run-mclu.ts";

const run = (argv: readonly string[]) => runMclu(argv, { config: "[nodes]\nham0 = 127.0.0.1:1\n" });

describe("help", () => {
  it("is the same by help as by --help, for commands below commands too", async () => {
    for (const path of [["list"], ["node", "list"], ["config", "check"]]) {
      const { code, stdout } = await run(["help", ...path]);
      expect(code).toBe(0);
      expect(stdout).toBe((await run([...path, "--help"])).stdout);
      expect(stdout).toContain(`Usage: mclu ${path.join(" ")} `);
    }
  });

  it("has the commands under what they are for", async () => {
    const blocks = (await run(["help"])).stdout.split("\n\n").filter((block) => /^(?!Usage|Options).*:\n/.test(block));
    const headings = blocks.map((block) => block.slice(0, block.indexOf(":\n")));
    expect(headings).toEqual([
      ...["Look", "Make guests", "Run and remove guests", "Change guests", "Reach guests", "Nodes", "mclu itself"],
      "Topics (mclu help TOPIC)",
    ]);
    const first = ["status", "build", "start", "set", "console", "node", "init", "configuration"];
    for (const [index, command] of first.entries())
      expect(blocks[index]?.split("\n")[1]).toMatch(new RegExp(`^  ${command} `));
  });

  it("shows a command under one name; aliases work", async () => {
    expect((await run(["help", "ls"])).stdout).toContain("Usage: mclu list [options]");
    expect((await run(["help"])).stdout).not.toMatch(/\bls\b/);
  });

  it("has every argument of every command in capitals", async () => {
    for (const { name } of (await describeCommands()).commands) {
      const { stdout } = await run([...name.split(" ").slice(1), "--help"]);
      expect(stdout.split("\n", 1)[0], name).not.toMatch(/[[<](?!options\])[a-z]/);
    }
  });

  it.each([
    [["help", "stauts"], "error: there is no command stauts: did you mean status?\n  mclu help\n"],
    [["help", "node", "lits"], "error: there is no command node lits: did you mean list?\n  mclu help node\n"],
    [["stauts"], "error: unknown command 'stauts': did you mean status?\nsee: mclu help\n"],
    [["node", "lits"], "error: unknown command 'lits': did you mean list?\nmclu node list\nsee: mclu help node\n"],
    [["xp"], "error: unknown command 'xp': did you mean cp or ip?\nsee: mclu help\n"],
    [["list", "--runing"], "error: unknown option '--runing': did you mean --running?\nsee: mclu help list\n"],
    [["info"], "error: missing required argument 'guest': mclu info [options] GUEST...\nsee: mclu help info\n"],
    [
      ["snapshot", "web1"],
      "error: unknown command 'web1'\nmclu snapshot list|create|revert|delete\nsee: mclu help snapshot\n",
    ],
    [
      ["build", "debian-12", "web1", "--instal", "nginx"],
      "error: unknown option '--instal': did you mean --install?\nsee: mclu help build\n",
    ],
    [["xml", "web1", "--zzz"], "error: unknown option '--zzz'\nsee: mclu help xml\n"],
    [
      ["list", "--node=ham0"],
      "error: unknown option '--node=ham0': nodes need no option here: mclu list NODE\nsee: mclu help list\n",
    ],
    [["info", "web1", "--wide"], "error: unknown option '--wide'\nsee: mclu help info\n"],
    [["node", "list", "--nope"], "error: unknown option '--nope'\nsee: mclu help node list\n"],
    [["-f", "", "status"], "error: -f/--config names no file: what stands behind it is empty\n"],
  ])("points from %s to the help of that command, exit 2", async (argv, stderr) => {
    expect(await run(argv)).toEqual({ code: 2, stdout: "", stderr });
  });

  it("says what shows guests where a node was expected", async () => {
    const { code, stderr } = await run(["list", "web 1*"]);
    expect({ code, stderr }).toEqual({
      code: 4,
      stderr: "error: no node named web 1*\n  nodes: ham0\n  a guest: mclu info 'web 1*'\n",
    });
  });
});

describe("help on a screen", async () => {
  const { commands } = await describeCommands();
  const helps = [
    ["help"],
    ...topics.map(({ name }) => ["help", name]),
    ...commands.map(({ name }) => [...name.split(" ").slice(1), "--help"]),
  ];
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
  const onScreen = async (argv: readonly string[], columns: number, env = {}) =>
    (await runMclu(argv, { config: "[nodes]\nham0 = 127.0.0.1:1\n", tty: { columns, rows: 24 }, env })).stdout;

  it.each([40, 60, 80, 200])("breaks no word at %d columns, and says what a pipe gets", async (columns) => {
    for (const argv of helps) {
      const [piped, screen] = [(await run(argv)).stdout, await onScreen(argv, columns)];
      // what is quoted is one word of a shell
      const broken = screen
        .split("\n")
        .filter((line) => displayWidth(line) > columns && !/^(?:'[^']*'|[^\s'])+$/.test(line.trim()));
      expect([argv, broken]).toEqual([argv, []]);
      expect([argv, words(screen.replaceAll(/ \\$/gm, ""))]).toEqual([argv, words(piped)]);
    }
  });

  it("sends no escape sequence, whatever the terminal is", async () => {
    for (const env of [{ TERM: "dumb" }, { NO_COLOR: "1" }, { TERM: "xterm-256color" }, { CLICOLOR_FORCE: "1" }])
      for (const argv of helps) expect(await onScreen(argv, 80, env)).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it("has examples that can be typed as they stand on a narrow screen", async () => {
    const screen = await onScreen(["list", "--help"], 30);
    expect(screen).toContain("  mclu list -o name | xargs \\\n      -rd '\\n' mclu ip\n");
    expect(await onScreen(["help", "output"], 40)).toContain(`'.nodes[] | select(.state != "on") | .node'`);
  });
});
