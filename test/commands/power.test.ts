import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

const protection = `<metadata><p:protected xmlns:p="urn:mclu:protection:1"/></metadata>`;
const config = () =>
  clusterOf({
    ham0: [
      { name: "web1" },
      { name: "old", state: "shut off" },
      { name: "nap", state: "paused" },
      { name: "safe", more: protection },
    ],
  });

describe("what is done to a guest that runs", () => {
  it.each([
    ["reboot", "web1", 0, "ham0/web1: asked to reboot\n"],
    ["reboot", "old", 6, "ham0/old: refused\n"],
    ["pause", "web1", 0, "ham0/web1: paused\n"],
    ["pause", "nap", 0, "ham0/nap: already paused\n"],
    ["pause", "old", 6, "ham0/old: refused\n"],
    ["resume", "nap", 0, "ham0/nap: resumed\n"],
    ["resume", "web1", 0, "ham0/web1: already running\n"],
    ["resume", "old", 6, "ham0/old: refused\n"],
    ["destroy", "web1", 0, "ham0/web1: powered off\n"],
    ["destroy", "old", 0, "ham0/old: already off\n"],
    ["destroy", "safe", 6, "ham0/safe: refused\n"],
    ["stop --force", "safe", 6, "ham0/safe: refused\n"],
    ["autostart", "web1", 0, "ham0/web1: starts with its node\n"],
    ["autostart --off", "web1", 0, "ham0/web1: already so: does not start with its node\n"],
    ["protect", "safe", 0, "ham0/safe: already protected\n"],
    ["unprotect", "safe", 0, "ham0/safe: no longer protected\n"],
  ])("%s %s: exit code %i", async (verb, guest, code, stdout) => {
    expect(await runMclu([...verb.split(" "), guest], { config: config() })).toMatchObject({ code, stdout });
  });

  it.each(["reboot", "reset", "pause", "destroy"])("%s asks first where a glob chose", async (verb) => {
    const run = await runMclu([verb, "web*"], { config: config() });
    expect(run).toMatchObject({ code: 6, stdout: "" });
    expect(run.stderr).toContain("-y, or --dry-run shows the plan");
  });

  it("says after destroy what stays, and how to remove it", async () => {
    const { stderr } = await runMclu(["destroy", "web1"], { config: config() });
    expect(stderr).toBe("note: ham0/web1: its definition stays; mclu delete ham0/web1 removes the guest\n");
  });

  it("says how to unprotect a protected guest", async () => {
    const { stderr } = await runMclu(["destroy", "safe"], { config: config() });
    expect(stderr).toBe("error: ham0/safe: it is protected\n  try: mclu unprotect ham0/safe\n");
    // none of those that were agreed to can be destroyed: why, and not how many
    const agreed = await runMclu(["destroy", "--yes-all=1", "sa*"], { config: config() });
    expect(agreed).toMatchObject({ code: 6, stderr });
  });
});

describe("rename", () => {
  it.each([
    [["rename", "old", "new"], 0, "ham0/old: renamed to new\n"],
    [["rename", "old", "old"], 0, "ham0/old: already named old\n"],
    [["rename", "old", "web1"], 6, "ham0/old: refused\n"],
    [["rename", "web1", "new"], 6, "ham0/web1: refused\n"],
    [["rename", "*", "new"], 4, ""],
    [["rename", "old", "a/b"], 2, ""],
    [["rename", "old", ""], 2, ""],
    [["rename", "old", ".."], 2, ""],
    [["rename", "old", "仮".repeat(82)], 2, ""],
  ])("%j: exit code %i", async (argv, code, stdout) => {
    expect(await runMclu(argv, { config: config() })).toMatchObject({ code, stdout });
  });

  it("wants the node named as well while a node fails", async () => {
    const broken = `${config()}[node.bad]\nuri = qemu+unix:///system?socket=/nonexistent\n`.replace(
      "[nodes]\n",
      "[nodes]\nbad =\n",
    );
    const bare = await runMclu(["rename", "old", "new"], { config: broken });
    expect(bare).toMatchObject({ code: 6, stdout: "" });
    expect(bare.stderr).toContain("old may be on a node that gave no answer: bad (libvirt-down)");
    expect(bare.stderr).toContain("name the node as well: ham0/old");
    expect(await runMclu(["rename", "ham0/old", "new"], { config: broken })).toMatchObject({ code: 0 });
  });
});
