import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { judgeLine, readConfigSources } from "../../../src/node/ssh/config-sources.ts";
import { openSsh, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const root = join(directory, "config");

function sourcesOf(text: string) {
  writeFileSync(root, text);
  return readConfigSources([{ path: root, includeBase: directory }], directory);
}

describe("one line of ssh_config", () => {
  it.each([
    ["", "plain"],
    ["# Match exec true", "plain"],
    ["Host a b", "plain"],
    ["Match all", "plain"],
    ["match host a,b user root", "plain"],
    ["Match !originalhost *.x localuser me", "plain"],
    ["Match exec true", "unrepeatable"],
    ["Match host a exec true", "unrepeatable"],
    ['Match host "a" exec "true"', "unrepeatable"],
    ["Match=exec true", "unrepeatable"],
    ["  MATCH\tfinal", "unrepeatable"],
    ["Match canonical all", "unrepeatable"],
    ["Match localnetwork 10.0.0.0/8", "unrepeatable"],
    ["Match tagged x", "unrepeatable"],
    ["Match host", "unrepeatable"],
    ['"Match" exec true', "unrepeatable"],
    ['Mat"ch" exec true', "unrepeatable"],
    ["=Match exec true", "unrepeatable"],
    [" = Match exec true", "unrepeatable"],
    ["CanonicalizeHostname no", "plain"],
    ["CanonicalizeHostname yes", "unrepeatable"],
    ["Include a b*", "include"],
    ['Include "a b"', "unrepeatable"],
    ["Include ~/%h", "unrepeatable"],
  ])("%j is %s", (line, kind) => {
    expect(judgeLine(line).kind).toBe(kind);
  });
});

describe("what ssh -G depends on", () => {
  it("follows Includes, present and absent, and their directory", () => {
    mkdirSync(join(directory, "d"), { recursive: true });
    writeFileSync(join(directory, "d/one.conf"), "Include deep\n");
    writeFileSync(join(directory, "d/two.other"), "");
    writeFileSync(join(directory, "deep"), "Host x\n");
    const { stamps, repeatable } = sourcesOf(`Include d/*.conf ~/absent ${directory}/none\n`);
    expect(repeatable).toBe(true);
    const paths = ["config", "d", "d/one.conf", "deep", "absent", "none"].map((path) => join(directory, path));
    expect([...stamps.keys()].sort()).toEqual(paths.sort());
    expect(stamps.get(join(directory, "absent"))).toBe("absent");
  });

  it("names every file that ssh says it reads", async () => {
    mkdirSync(join(directory, "c.d"), { recursive: true });
    for (const name of ["b.conf", "a.conf", ".hidden.conf"]) writeFileSync(join(directory, "c.d", name), "");
    writeFileSync(root, `Host other\n  Include ${directory}/c.d/*\nMatch all\n  Include ${directory}/c.d/a.*\n`);
    const { stderr } = await openSsh("ssh", ["-v", "-G", "-F", root, "node1"]);
    const read = [...stderr.matchAll(/Reading configuration data (.*?)\r?$/gm)].map(([, path]) => path ?? "");
    const { stamps } = readConfigSources([{ path: root, includeBase: directory }], directory);
    expect(new Set(read)).toEqual(new Set([...stamps.keys()].filter((path) => !path.endsWith("/c.d"))));
  });

  it("collects the variables", () => {
    const { variables } = sourcesOf(`IdentityAgent \${ONE}/x\nUserKnownHostsFile \${TWO} \${ONE}\n`);
    expect([...variables]).toEqual(["ONE", "TWO"]);
  });

  it.each([
    ["a Match exec in an included file", `Include ${directory}/exec\n`],
    ["a wildcard among directories", "Include d*/x\n"],
    ["another user's home", "Include ~root/x\n"],
    ["brackets", "Include [ab].conf\n"],
    ["a directory", `Include ${directory}\n`],
  ])("is not repeatable: %s", (_, text) => {
    writeFileSync(join(directory, "exec"), "Match exec true\n");
    expect(sourcesOf(text).repeatable).toBe(false);
  });

  it("ends on a file that includes itself", () => {
    expect(sourcesOf("Include config\n").repeatable).toBe(true);
  });
});
