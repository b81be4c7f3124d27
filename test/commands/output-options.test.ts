import { describe, expect, it } from "vitest";
import { runMclu } from "../support/run-mclu.ts";

// whatever gets as far as reading it complains of the configuration
const config = "[nodes";

describe("a column that does not exist", () => {
  it.each([
    "build debian-12 web1",
    "clone web1 web2",
    "vm clone --image=web1 --hostname=web2",
    "image copy web1 ham1",
    "migrate web1 ham1",
    "drain ham0",
    "undrain ham0",
    "trust ham0",
    ...["status", "list", "top --once", "place", "jobs", "ip", "node list", "image list", "template list"],
    ...["disk list web1", "nic list web1", "snapshot list web1"],
  ])("is refused before anything is done: %s", async (words) => {
    const wrong = await runMclu([...words.split(" "), "--columns", "nonsense"], { config });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("no column named nonsense") });
    const first = wrong.stderr.replace(/^[\s\S]*columns: (\S+)[\s\S]*$/, "$1");
    const right = await runMclu([...words.split(" "), "--columns", `+${first}`], { config });
    expect(right).toMatchObject({ code: 2, stderr: expect.stringContaining("mclu.conf") });
  });
});

describe("a mistake on the command line", () => {
  it.each([["list", "-o", "\x1b[31m"], ["logs", "web1", "--lines", "\u202e7"], ["\x1b]0;x\x07"], ["list", "--\x9b2J"]])(
    "is repeated without its control characters: %j",
    async (...argv) => {
      const { code, stderr } = await runMclu(argv);
      expect(code).toBe(2);
      expect(stderr).toMatch(/\\x1b|\\u202e|\\x9b/);
      expect(stderr).not.toMatch(/[\x07\x1b\x9b\u202e]/);
    },
  );
});
