import { describe, expect, it } from "vitest";
import { card, clusterOf, hostileNames } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";

const config = () =>
  clusterOf({
    ham0: [
      { name: "web2", devices: card("52:54:00:00:00:02") },
      { name: "web1", devices: card("52:54:00:00:00:01") + card("52:54:00:00:00:03") },
      { name: "off", state: "shut off", devices: card("52:54:00:00:00:04") },
      { name: "lonely" },
    ],
    ham1: [],
  });

describe("ip", () => {
  it("lists the addresses of every guest that runs, and why one has none", async () => {
    const run = await runMclu(["ip"], { config: config() });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    const rows = run.stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual(["NAME", "NODE", "ADDRESS", "SOURCE", "MAC", "NETWORK", "INTERFACE", "NOTE"]);
    expect(rows.slice(1).map(([name, , , source, mac]) => [name, source, mac])).toEqual([
      ["lonely", "-", "-"],
      ["web1", "lease", "52:54:00:00:00:01"],
      ["web1", "lease", "52:54:00:00:00:03"],
      ["web2", "lease", "52:54:00:00:00:02"],
    ]);
    expect(rows[1]?.at(-1)).toBe("no network interface");
  });

  it("takes names, also of guests that are off, and says so", async () => {
    const run = await runMclu(["ip", "off", "ham0/web2", "-o", "json"], { config: config() });
    const { addresses } = parseDocument<{ addresses: unknown[] }>(run.stdout);
    expect(addresses).toMatchObject([
      { name: "off", address: null, source: null, reason: "shut off" },
      { name: "web2", node: "ham0", family: "ipv4", prefix: 24, source: "lease", interface: "testnet0", reason: null },
    ]);
    expect(await runMclu(["ip", "nope"], { config: config() })).toMatchObject({ code: 4, stdout: "" });
  });

  it("prints nothing but addresses with -o name", async () => {
    const run = await runMclu(["ip", "-o", "name"], { config: config() });
    expect(run.stdout).toMatch(/^(192\.168\.122\.\d+\n){3}$/);
    expect((await runMclu(["ip", "off", "-o", "name"], { config: config() })).stdout).toBe("");
  });

  it("keeps hostile names apart", async () => {
    const guests = hostileNames.map((name, index) => ({
      name,
      devices: card(`52:54:00:00:01:${String(index).padStart(2, "0")}`),
    }));
    const run = await runMclu(["ip", "-o", "json"], { config: clusterOf({ ham0: guests }) });
    const { addresses } = parseDocument<{ addresses: { name: string; mac: string }[] }>(run.stdout);
    expect(new Map(addresses.map(({ name, mac }) => [name, Number(mac.slice(-2))]))).toEqual(
      new Map(hostileNames.map((name, index) => [name, index])),
    );
  });

  it("warns of a failed node and exits 3; exits 5 when none answered", async () => {
    const bad = "[node.bad]\nuri = qemu+unix:///system?socket=/no\n";
    const run = await runMclu(["ip"], { config: `${config().replace("[nodes]\n", "[nodes]\nbad =\n")}${bad}` });
    expect(run.code).toBe(3);
    expect(run.stderr).toMatch(/^warning: bad failed: /);
    const alone = `[mclu]\ntransport = local\n[nodes]\nbad =\n${bad}`;
    expect(await runMclu(["ip"], { config: alone })).toMatchObject({ code: 5 });
  });
});
