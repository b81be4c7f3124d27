import { describe, expect, it } from "vitest";
import { doctorExitCode } from "../../src/operations/doctor/doctor.ts";
import { renderDoctor } from "../../src/render/doctor.ts";
import { createStyle } from "../../src/render/style.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

function cluster(): string {
  const uri = testDriverUri(temporaryDirectory(), []);
  return `[nodes]\nham0 =\nham1 = 127.0.0.1:1\n[node.ham0]\ntransport = local\nuri = ${uri}\n`;
}

describe("mclu doctor", () => {
  it("looks at this machine, whatever is wrong with it, and at a node that fails", async () => {
    const run = await runMclu(["doctor", "-o", "json"], { config: cluster() });
    const { nodes } = parseDocument<{ nodes: { node: string; findings?: { check: string }[] }[] }>(run.stdout);
    expect(run.code).toBe(3);
    expect(nodes[0]?.findings?.map(({ check }) => check)).toEqual(
      expect.arrayContaining([
        "ssh",
        "libvirt",
        "rights",
        "kvm",
        "network",
        "pool",
        "tools",
        "appliance",
        "space",
        "clock",
      ]),
    );
    expect(nodes[1]).toMatchObject({ node: "ham1", state: "failed", reason: "refused" });
    const named = await runMclu(["doctor", "ham1"], { config: cluster() });
    expect([named.code, named.stdout]).toEqual([5, expect.stringMatching(/^ham1: failed: refused: .*\n {2}try: /)]);
  });

  const fine = { check: "pool", verdict: "ok", detail: "active", fix: null } as const;
  const slow = { check: "kvm", verdict: "warning", detail: "slow", fix: null } as const;
  const bad = { check: "clock", verdict: "problem", detail: "\u001b[2J", fix: "set it" } as const;
  const on = (...findings: (typeof fine | typeof slow | typeof bad)[]) => ({
    node: "ham0",
    state: "on" as const,
    findings,
  });
  const off = { node: "ham1", state: "off", detail: "no route" } as const;

  it("is well with warnings, and not with problems; off does not count unless it was named", () => {
    expect(doctorExitCode({ nodes: [on(fine, slow), off] }, [])).toBe(0);
    expect(doctorExitCode({ nodes: [on(fine, bad), off] }, ["ham0"])).toBe(3);
    expect(doctorExitCode({ nodes: [on(fine), off] }, ["ham1"])).toBe(5);
  });

  it("shows what is wrong, with its fix, and the names of what is well", () => {
    const style = createStyle(false);
    expect(renderDoctor({ nodes: [on(fine, slow, bad), on(slow, slow), on(fine), off] }, false, style)).toBe(
      "ham0: 1 problem\n  warning: kvm: slow\n  problem: clock: \\x1b[2J\n    try: set it\n  ok: pool\n" +
        "ham0: well, 2 warnings\n  warning: kvm: slow\n  warning: kvm: slow\nham0: well\n  ok: pool\nham1: off\n",
    );
    expect(renderDoctor({ nodes: [on(fine)] }, true, style)).toBe("ham0: well\n  ok: pool: active\n");
  });
});
