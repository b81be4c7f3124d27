import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSshG, settingsFrom, splitPaths } from "../../../src/node/ssh/ssh-g.ts";

const local = { user: "me", uid: 1000, home: "/home/me", hostname: "desk.example", env: {} };

describe("ssh -G's output", () => {
  it("is keywords with their values in order", () => {
    expect([...parseSshG("host a\nIdentityFile ~/x y\nidentityfile z\nempty\n\n")]).toEqual([
      ["host", ["a"]],
      ["identityfile", ["~/x y", "z"]],
      ["empty", [""]],
    ]);
  });

  it("makes settings even where ssh says nothing", () => {
    expect(settingsFrom(parseSshG(""), "a", local)).toMatchObject({
      hostname: "a",
      user: "me",
      port: 22,
      proxyJump: [],
    });
  });

  it("makes settings or an Error of any text", () => {
    const keyword = fc.constantFrom(
      "port",
      "proxyjump",
      "identityfile",
      "userknownhostsfile",
      "hostname",
      "proxycommand",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keyword, fc.string())), (lines) => {
        const text = lines.map((line) => line.join(" ")).join("\n");
        try {
          settingsFrom(parseSshG(text), "a", local);
        } catch (error) {
          expect((error as Error).message).toMatch(
            /^(unknown token|environment variable|ProxyJump|not a port|a variable of)/,
          );
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("several paths in one value", () => {
  it.each([
    ["", []],
    ["none", []],
    ["/a /b", ["/a", "/b"]],
    ["/a b/c /d", ["/a b/c", "/d"]],
    ["~/a /b", ["~/a", "/b"]],
    ["a b", ["a", "b"]],
  ])("%j", (text, paths) => {
    expect(splitPaths(text)).toEqual(paths);
  });
});
