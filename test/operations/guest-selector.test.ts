import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isGlob, matchGlob, parseGuestSelector } from "../../src/operations/guest-selector.ts";

describe("parseGuestSelector", () => {
  const nodes = ["ham0", "ham0:x", "kvm1.example.org"];

  it("takes NODE/GUEST and @GROUP/GLOB apart at the first slash", () => {
    expect(parseGuestSelector("ham0/web1", nodes)).toMatchObject({ scope: "ham0", name: "web1" });
    expect(parseGuestSelector("@fast/web*", nodes)).toMatchObject({ scope: "@fast", name: "web*" });
  });

  it("reads NODE:GUEST as a whole name first, the longest node name as the other reading", () => {
    const selector = parseGuestSelector("kvm1.example.org:web1", nodes);
    expect(selector).toMatchObject({ scope: undefined, name: "kvm1.example.org:web1" });
    expect(selector.alternative).toEqual({ scope: "kvm1.example.org", name: "web1" });
    expect(parseGuestSelector("ham0:x:y", nodes).alternative).toEqual({ scope: "ham0:x", name: "y" });
    expect(parseGuestSelector("other:web1", nodes).alternative).toBeUndefined();
  });
});

describe("matchGlob", () => {
  it.each([
    ["web*", "web1", true],
    ["web*", "xweb1", false],
    ["web?", "web", false],
    ["web?", "web1", true],
    ["web[12]", "web2", true],
    ["web[!12]", "web2", false],
    ["web[!12]", "web3", true],
    ["web[^12]", "web1", false],
    ["web[^12]", "web3", true],
    ["web[1^]", "web^", true],
    ["web-*", "web-1", true],
    ["a.c", "abc", false],
    ["a[", "a[", true],
    ["[z-a]", "b", false],
    ["*", "a\u202eb 漢", true],
  ])("%s on %s: %s", (glob, name, matches) => {
    expect(matchGlob(glob)(name)).toBe(matches);
  });

  it("matches every name without glob characters with itself alone, and never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (glob, name) => {
        const matches = matchGlob(glob)(name);
        if (!isGlob(glob)) expect(matches).toBe(glob === name);
      }),
      { numRuns: 2000 },
    );
  });
});
