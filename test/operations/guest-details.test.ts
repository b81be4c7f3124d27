import { describe, expect, it } from "vitest";
import { readDetails } from "../../src/operations/guest-details.ts";
import { fixture } from "../support/fixture.ts";

describe("readDetails", () => {
  it("says what is wrong with XML that is broken or missing, and never throws for it", async () => {
    expect(await readDetails(fixture("domain-rich.xml"))).toMatchObject({ details: { name: "rich" }, problem: null });
    expect(await readDetails("<domain><name>x</domain>")).toMatchObject({
      details: null,
      problem: expect.stringMatching(/^its XML cannot be read: expected <domain>, well-formed, found: /),
    });
    expect(await readDetails(null)).toEqual({ details: null, problem: "libvirt gave no XML: the guest may be gone" });
  });
});
