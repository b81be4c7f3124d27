import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type NodeRow } from "./fleet-user.ts";

/** Keys of one node, as known_hosts has them: `TYPE BASE64`. */
type KeyType = "ed25519" | "rsa" | "ecdsa";

describe("what known_hosts has of a node", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const keys = new Map<string, string>();
  const key = (name: KeyType | "other") => keys.get(name) ?? "";

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.96.0", nodes: 1 });
    user = await fleetUser(fleet);
    const { enter } = fleet.node("ham0");
    // a host as distributions install it, with a key of each type; and a key of somebody else
    for (const type of ["rsa", "ecdsa"]) {
      await enter(`ssh-keygen -q -t ${type} -N '' -f /etc/ssh/${type}
        echo HostKey /etc/ssh/${type} >>/etc/ssh/sshd_config.d/keys.conf`);
      keys.set(type, (await enter(`cut -d' ' -f1,2 /etc/ssh/${type}.pub`)).trim());
    }
    keys.set("ed25519", (await enter("cut -d' ' -f1,2 /etc/ssh/hostkey.pub")).trim());
    await enter("ssh-keygen -q -t ed25519 -N '' -f /tmp/other");
    keys.set("other", (await enter("cut -d' ' -f1,2 /tmp/other.pub")).trim());
    await enter("kill -HUP $(cat /run/sshd.pid); sleep 0.3");
  });
  afterAll(() => fleet?.down());
  beforeEach(() => know());

  const know = (...lines: string[]) => writeFile(user.knownHosts, lines.map((line) => `${line}\n`).join(""));
  const row = async () => {
    const result = await user.mclu(["status", "-o", "json"]);
    const { nodes } = JSON.parse(result.stdout) as { nodes: NodeRow[] };
    expect(result.code).toBe(nodes[0]?.state === "on" ? 0 : 5);
    return nodes[0];
  };

  it.each(["ed25519", "rsa", "ecdsa"] as const)("negotiates the key it has, be it %s alone", async (type) => {
    await know(`10.96.0.10 ${key(type)}`);
    expect(await row()).toMatchObject({ state: "on" });
  });

  it("finds it in a hashed file, under a pattern, and among others", async () => {
    await know("other.example ssh-ed25519 AAAA", `ham0,10.96.0.* ${key("rsa")}`);
    expect(await row()).toMatchObject({ state: "on" });
    await know(`10.96.0.10 ${key("ecdsa")}`);
    execFileSync("ssh-keygen", ["-q", "-H", "-f", user.knownHosts], { stdio: "ignore" });
    expect(await readFile(user.knownHosts, "utf8")).toMatch(/^\|1\|/);
    expect(await row()).toMatchObject({ state: "on" });
  });

  it("calls a key changed that is another than the one it has, and the line it says to type mends that", async () => {
    await know(`10.96.0.10 ${key("other")}`);
    const changed = await row();
    expect(changed).toMatchObject({ state: "failed", reason: "host-key-changed" });
    execFileSync("sh", ["-c", changed?.hint ?? "false"], { stdio: "ignore" });
    expect(await row()).toMatchObject({ reason: "host-key-unknown", hint: "mclu trust ham0" });
  });

  it("goes on where one of several keys of a type is the host's", async () => {
    await know(`10.96.0.10 ${key("other")}`, `10.96.0.10 ${key("ed25519")}`);
    expect(await row()).toMatchObject({ state: "on" });
  });

  it("refuses a revoked key, whatever else is known", async () => {
    await know(`10.96.0.10 ${key("ed25519")}`, `@revoked * ${key("ed25519")}`);
    const revoked = await row();
    expect(revoked).toMatchObject({ state: "failed", reason: "host-key-changed" });
    expect(revoked?.detail).toMatch(/^the key of 10\.96\.0\.10, SHA256:\S{43}, is revoked in \S+:2$/);
  });

  it("knows nobody by a name or a port that is not asked for, and writes nothing down", async () => {
    const lines = [`ham0 ${key("ed25519")}`, `[10.96.0.10]:2222 ${key("ed25519")}`, `!10.96.0.10,* ${key("ed25519")}`];
    await know(...lines);
    expect(await row()).toMatchObject({ state: "failed", reason: "host-key-unknown" });
    expect(await readFile(user.knownHosts, "utf8")).toBe(`${lines.join("\n")}\n`);
  });
});
