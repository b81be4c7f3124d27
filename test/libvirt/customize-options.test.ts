import { describe, expect, it } from "vitest";
import { customizeOptionsQuery } from "../../src/libvirt/customize-options.ts";
import { stepNames, stepSyntax } from "../../src/template/step-syntax.ts";
import { fixture } from "../support/fixture.ts";

const parse = (code: number, text: string) => customizeOptionsQuery.parse([{ code, texts: [text] }]);

describe("virt-customize --long-options", () => {
  it("has every step of libguestfs 1.48", () => {
    const known = parse(0, fixture("virt-customize-1.48-long-options.txt"));
    const steps = stepNames.filter((name) => stepSyntax(name).since === undefined);
    expect(steps.filter((name) => !known?.has(name))).toEqual([]);
    expect(known?.has("chown")).toBe(false);
  });

  it("has no answer where there is no virt-customize", () => {
    expect(parse(127, "")).toBeNull();
  });

  it.each([
    [0, ""],
    [1, "--run-command\n"],
    [0, "--run-command\nusage: virt-customize\n"],
    [0, "--help\n"],
  ])("is not understood otherwise: %d %j", (code, text) => {
    expect(() => parse(code, text)).toThrow("expected the options of virt-customize");
  });
});

it("is not understood where nothing was said", () => {
  expect(() => customizeOptionsQuery.parse([])).toThrow("expected the options of virt-customize");
});
