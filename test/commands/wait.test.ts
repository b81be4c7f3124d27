import { describe, expect, it } from "vitest";
import { card, clusterOf } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";

const config = () =>
  clusterOf({
    ham0: [{ name: "web1", devices: card("52:54:00:00:00:01") }, { name: "old", state: "shut off" }, { name: "bare" }],
  });

describe("wait", () => {
  it("ends where the guest has what was waited for", async () => {
    expect(await runMclu(["wait", "web1", "--for", "running"], { config: config() })).toMatchObject({
      code: 0,
      stdout: "ham0/web1: running\n",
    });
    const ip = await runMclu(["wait", "web1", "--for", "ip"], { config: config() });
    expect([ip.code, ip.stdout]).toEqual([0, expect.stringMatching(/^[\d.]+\n$/)]);
    const json = await runMclu(["wait", "web1", "--for", "ip", "-o", "json"], { config: config() });
    expect(parseDocument(json.stdout)).toMatchObject({ kind: "wait", name: "web1", address: ip.stdout.trim() });
  });

  it("ends at the deadline, and says what is missing", async () => {
    const state = await runMclu(["wait", "web1", "--for", "shut off", "--timeout", "1"], { config: config() });
    expect([state.code, state.stdout]).toEqual([7, ""]);
    expect(state.stderr).toContain("web1: no shut off within 1 s: it is running");
  });

  it.each(["ip", "ssh"])("refuses to wait for %s where there is no network interface for it", async (goal) => {
    const run = await runMclu(["wait", "bare", "--for", goal], { config: config() });
    expect([run.code, run.stderr]).toEqual([
      6,
      `error: bare will have no ${goal}: it has no network interface\n  mclu nic add ham0/bare\n`,
    ]);
  });

  it.each(["ip", "ssh", "agent"])("refuses %s of a guest that is off", async (goal) => {
    const run = await runMclu(["wait", "old", "--for", goal], { config: config() });
    expect([run.code, run.stderr]).toEqual([6, expect.stringContaining("mclu start ham0/old")]);
  });

  it("refuses to wait for an agent where there is no channel for one", async () => {
    const run = await runMclu(["wait", "web1", "--for", "agent"], { config: config() });
    expect([run.code, run.stderr]).toEqual([6, expect.stringContaining("it has no channel for one")]);
  });

  it("wants to know what for, and for something there is", async () => {
    expect(await runMclu(["wait", "web1"], { config: config() })).toMatchObject({ code: 2 });
    expect(await runMclu(["wait", "web1", "--for", "godot"], { config: config() })).toMatchObject({ code: 2 });
  });
});
