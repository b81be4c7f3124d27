import { describe, expect, it } from "vitest";
import * as read from "../../src/cluster/config-values.ts";

const base = { directory: "/etc/mclu", home: "/home/kei" };

describe("values of mclu.conf", () => {
  it.each([
    ["key", "/etc/mclu/key"],
    ["./a/../key", "/etc/mclu/key"],
    ["/key", "/key"],
    ["~/key", "/home/kei/key"],
    ["~", "/home/kei"],
  ])("reads the path %s", (text, path) => {
    expect(read.readPath(text, base)).toBe(path);
  });

  it("reads directories between colons", () => {
    expect(read.readPaths("a: ~/b::/c", base)).toEqual(["/etc/mclu/a", "/home/kei/b", "/c"]);
  });

  it("reads groups, each once", () => {
    expect(read.readGroups("fast, rack1 fast,,x")).toEqual(["fast", "rack1", "x"]);
  });

  it("reads a hardware address in either spelling", () => {
    expect(read.readMac("74-D4-35-51-AB-86")).toBe("74:d4:35:51:ab:86");
    expect(read.readMac("74:d4:35:51:ab:86")).toBe("74:d4:35:51:ab:86");
  });

  it.each([
    ["1.5", 1.5],
    ["3s", 3],
    ["3 s", 3],
    ["0.25s", 0.25],
    ["3600", 3600],
  ])("reads %s as %d seconds", (text, seconds) => {
    expect(read.readSeconds(text)).toBe(seconds);
  });

  it.each(["qemu:///system", "test:///default", "test:///srv/my.xml", "xen:///", "qemu+unix:///system?socket=/run/x"])(
    "takes the URI %s",
    (uri) => {
      expect(read.readUri(uri)).toBe(uri);
    },
  );

  it.each([
    [() => read.readPath("~bob/key", base), "another user's home"],
    [() => read.readUri("qemu+ssh://root@ham0/system"), "write what virsh is given there"],
    [() => read.readUri("system"), "expected one like qemu:///system"],
    [() => read.readUri("qemu:///sys tem"), "expected one like qemu:///system"],
    [() => read.readGroups("@fast"), "write it without the @ here: fast"],
    [() => read.readGroups("a b/c"), '"b/c" is not a group name'],
    [() => read.readWeight("-1"), "expected a number from 0"],
    [() => read.readWeight("NaN"), "expected a number from 0"],
    [() => read.readMac("74:d4:35:51:ab"), "six pairs of hex digits"],
    [() => read.readMac("74:d4-35:51:ab:86"), "six pairs of hex digits"],
    [() => read.readSeconds("0"), "more than 0"],
    [() => read.readSeconds("3601"), "at most 3600"],
    [() => read.readSeconds("3m"), "expected seconds"],
    [() => read.readFanout("0"), "from 1 to 1000"],
    [() => read.readFanout("1001"), "from 1 to 1000"],
    [() => read.readFanout("1.5"), "from 1 to 1000"],
  ])("refuses what it does not understand: %s", (attempt, message) => {
    expect(attempt).toThrow(expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }));
  });
});
