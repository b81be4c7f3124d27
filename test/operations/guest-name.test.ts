import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { checkHostname, numberedNames } from "../../src/operations/guest-name.ts";

describe("checkHostname", () => {
  it.each(["web1", "a", "Web-1.example.jp", "1.example", `${"a".repeat(63)}.b`])("takes %j", (name) => {
    expect(checkHostname(name)).toBe(name);
  });

  it.each([
    ["", "a host name"],
    ["-web", "a host name"],
    ["web_1", "a host name"],
    ["a..b", "a host name"],
    ["x\n", "a host name"],
    ["a".repeat(64), "a host name"],
    ["12", "virsh would take digits alone"],
    ["187751d3-318d-40e8-b84a-000000000001", "it would be taken for a UUID"],
    [`${"a.".repeat(100)}a`, "at most 200 characters"],
  ])("refuses %j", (name, hint) => {
    const refused = expect.objectContaining({ exitCode: 2, hint: expect.stringContaining(hint) });
    expect(() => checkHostname(name)).toThrow(UserError);
    expect(() => checkHostname(name)).toThrow(refused);
  });
});

it("numberedNames counts from 1", () => {
  expect(numberedNames("web", 3)).toEqual(["web1", "web2", "web3"]);
});
