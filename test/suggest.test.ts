import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closest, onlyClosest } from "../src/suggest.ts";

describe("closest", () => {
  const keys = ["user", "port", "identity", "network", "host-reserve", "read-timeout"];

  it.each([
    ["usr", "user"],
    ["prot", "port"],
    ["Port", "port"],
    ["identitiy", "identity"],
    ["netwrok", "network"],
    ["hostreserve", "host-reserve"],
    ["read-timeuot", "read-timeout"],
  ])("takes %s for %s", (word, meant) => {
    expect(closest(word, keys)).toBe(meant);
  });

  it.each(["", "x", "password", "zzzz", "timeout"])("has no suggestion for %j", (word) => {
    expect(closest(word, keys)).toBeUndefined();
  });

  it("prefers the nearer candidate, then the earlier one", () => {
    expect(closest("ham11", ["ham22", "ham12", "ham1"])).toBe("ham12");
    expect(closest("ham", ["ham1", "ham2"])).toBe("ham1");
  });

  it("has none, of names that are numbered, where two are as near", () => {
    expect(onlyClosest("web9", ["web1", "web2"])).toBeUndefined();
    expect(onlyClosest("wbe1", ["web2", "web1", "web1"])).toBe("web1");
  });

  it("finds every word itself, and any with two neighbours swapped", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{3,12}$/), fc.nat(), (word, seed) => {
        expect(closest(word, [word])).toBe(word);
        const at = seed % (word.length - 1);
        const swapped = word.slice(0, at) + word.charAt(at + 1) + word.charAt(at) + word.slice(at + 2);
        expect(closest(swapped, [word])).toBe(word);
      }),
    );
  });
});
