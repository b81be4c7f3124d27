import { describe, expect, it } from "vitest";
import { parseChoice, parseHosts } from "../../../src/operations/init/hosts.ts";

const names = (hosts: ReturnType<typeof parseHosts>) => hosts.map(({ name }) => name);

describe("hosts as they are typed to init", () => {
  it("are called by their host, unless they are given a name", () => {
    expect(parseHosts(["ham0", "admin@10.0.0.11:2222", "v6=root@[fd00::1]:22", "ham1=", "a=b"])).toEqual([
      { name: "ham0", address: { host: "ham0" } },
      { name: "10.0.0.11", address: { user: "admin", host: "10.0.0.11", port: 2222 } },
      { name: "v6", address: { user: "root", host: "fd00::1", port: 22 } },
      { name: "ham1", address: { host: "ham1" } },
      { name: "a", address: { host: "b" } },
    ]);
  });

  it.each([
    ["fd00::1", "an IPv6 address cannot be a node's"],
    ["ham0;reboot", "is not a host"],
    ["-oProxyCommand=x", "begins with a letter or digit"],
    ["=ham0", "is not a node name"],
    ["mac", "it is a setting of mclu.conf"],
    ["all", '"all" is not a node name'],
    ["", "has no host"],
  ])("are refused where they can be no node: %s", (word, why) => {
    expect(() => parseHosts([word])).toThrow(
      expect.objectContaining({ message: expect.stringContaining(why), exitCode: 2 }),
    );
  });

  it("are refused where two have one name, in whatever case", () => {
    expect(() => parseHosts(["ham0", "root@HAM0"])).toThrow('"ham0" and "root@HAM0" have one name');
  });
});

describe("the choice among hosts that are offered", () => {
  const offered = ["ham0", "ham1", "ham2", "ham3"];

  it("is numbers, ranges, all, and others", () => {
    expect(names(parseChoice("4, 1", offered))).toEqual(["ham3", "ham0"]);
    expect(names(parseChoice("2-4 2,ham3 pig=root@10.0.0.9", offered))).toEqual(["ham1", "ham2", "ham3", "pig"]);
    expect(names(parseChoice("all", offered))).toEqual(offered);
  });

  it.each(["0", "5", "2-5", "3-2"])("has no number %s", (word) => {
    expect(() => parseChoice(word, offered)).toThrow(`${word} is none of the numbers from 1 to 4`);
  });

  it("is hosts alone where none is offered", () => {
    expect(names(parseChoice("7 ham9", []))).toEqual(["7", "ham9"]);
    expect(() => parseChoice("all", [])).toThrow('"all" is not a node name');
  });
});
