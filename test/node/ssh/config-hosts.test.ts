import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { configHosts, hostsOfLine, knownHostsPaths } from "../../../src/node/ssh/config-hosts.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** The hosts of files in one directory, of which `config` is the first. */
function hostsOf(files: Readonly<Record<string, string>>): readonly string[] {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return configHosts({ path: join(directory, "config"), includeBase: directory }, directory);
}

describe("the hosts of ssh_config", () => {
  it.each([
    ["Host ham0", ["ham0"]],
    ["  host=ham0 ham1", ["ham0", "ham1"]],
    ['Host "ham0" ham1 # the first two', ["ham0", "ham1"]],
    ["Host *.example ham? !ham3 ham4", ["ham4"]],
    ["Host ham0 10.0.0.10", ["ham0"]],
    ["Host 10.0.0.10", ["10.0.0.10"]],
    ["Host -oProxyCommand=reboot $(id)", []],
    ["HostName ham0", []],
    ["# Host ham0", []],
    ["Host", []],
    ["Match host ham0", []],
  ])("of %j are %j", (line, hosts) => {
    expect(hostsOfLine(line)).toEqual(hosts);
  });

  it("are those of Includes as well, each once and in the order of the files", () => {
    const config =
      "Host a\n  User root\nMatch exec true\n  User x\nInclude more.* nowhere\nHost b a\r\nInclude config\nHost *\n";
    expect(hostsOf({ config, "more.1": "Host c\n", "more.2": "Host b d\nInclude config\n" })).toEqual([
      "a",
      "c",
      "b",
      "d",
    ]);
  });

  it("are none where there is no file", () => {
    expect(hostsOf({})).toEqual([]);
  });
});

describe("the known_hosts of ssh_config", () => {
  const paths = (config: string) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "config"), config);
    return knownHostsPaths({ path: join(directory, "config"), includeBase: directory }, "/home/me");
  };

  it("are ssh's own where none is named that can be followed", () => {
    const own = ["/home/me/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"];
    expect(paths("Host *\n")).toEqual(own);
    expect(paths("UserKnownHostsFile ~/%h %d/x ~other/z none\n")).toEqual(own);
  });

  it("are those that are named, each once", () => {
    expect(
      paths('Host a\n  UserKnownHostsFile=~/k "/b"\nHost c\n  userknownhostsfile /b\nGlobalKnownHostsFile /d\n'),
    ).toEqual(["/home/me/k", "/b", "/d"]);
  });
});
