import { execFileSync } from "node:child_process";
import { describe, expect } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { matrix } from "./matrix.ts";
import { underOther, withNode } from "./under.ts";

/** A node's key is known under another name too. */
const also = (node: string, name: string) => (text: string) => text.replace(`${node},`, `${name},${node},`);

const { survives } = matrix("Network and names", { net: "10.100.0", nodes: 4 });

describe.concurrent("nodes that say nothing", () => {
  survives("off: nobody answers ARP", { nodes: ["ham1"], breaks: { ham1: "unplugged" } }, (bench) =>
    bench.ask("ham1", { state: "off", detail: /10\.100\.0\.11/, seconds: 3.5 }),
  );

  survives("all packets dropped", { nodes: ["ham2"], breaks: { ham2: "dropped" } }, (bench) =>
    bench.ask("ham2", { state: "off", detail: /^no answer from 10\.100\.0\.12 within 3 s$/, seconds: 3 }),
  );

  survives(
    "the name server is dead",
    { nodes: [], breaks: { ham3: "dropped" }, user: { config: withNode("nowhere = nowhere.example") } },
    (bench) => {
      const under = underOther(bench.home, {
        "resolv.conf": "nameserver 10.100.0.13\noptions timeout:7 attempts:1\n",
        "nsswitch.conf": "hosts: dns\n",
      });
      return bench.ask(
        "nowhere",
        {
          state: "failed",
          reason: "unknown-host",
          detail: /^nowhere\.example has no address: the name server gave no answer \(EAI_AGAIN\)$/,
          hint: /^getent hosts nowhere\.example {2}# or give nowhere an address in mclu\.conf$/,
          // the C library's question cannot be taken back: the process ends with it
          seconds: 7,
        },
        [],
        { under, lingers: 3000 },
      );
    },
  );
});

survives("the port is refused", { breaks: { ham1: "sshd-stopped" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "refused",
    detail: /^10\.100\.0\.11 port 22 refused the connection: the machine is up, sshd is not$/,
    hint: /^ssh -p 22 10\.100\.0\.11$/,
    seconds: 1,
  }),
);

survives("no network here", {}, (bench) =>
  bench.ask(
    "ham1",
    {
      state: "failed",
      reason: "no-network",
      detail: /^ENETUNREACH: this machine has no way to 10\.100\.0\.11 port 22$/,
      hint: /^ip route get 10\.100\.0\.11$/,
      seconds: 1,
    },
    [],
    { under: ["unshare", "--net"] },
  ),
);

survives("a name without an address", { user: { config: withNode("nowhere = nowhere.example") } }, (bench) => {
  const under = underOther(bench.home, { "nsswitch.conf": "hosts: files\n" });
  return bench.ask(
    "nowhere",
    {
      state: "failed",
      reason: "unknown-host",
      detail: /^nowhere\.example has no address: nobody knows the name \(ENOTFOUND\)$/,
      hint: /^getent hosts nowhere\.example {2}# or give nowhere an address in mclu\.conf$/,
      seconds: 1,
    },
    [],
    { under },
  );
});

survives(
  "a name with a dead IPv6 address first",
  { user: { config: withNode("two = root@two.example"), knownHosts: also("ham1", "two.example") } },
  (bench) => {
    // on the bridge and so reachable in principle, but nobody has it
    execFileSync("ip", ["-6", "route", "add", "2001:db8:6400::/64", "dev", "mclu-0a6400"]);
    bench.undo(() => execFileSync("ip", ["-6", "route", "del", "2001:db8:6400::/64", "dev", "mclu-0a6400"]));
    const under = underOther(bench.home, { hosts: "2001:db8:6400::1 two.example\n10.100.0.11 two.example\n" });
    return bench.ask("two", { state: "on", seconds: 1 }, [], { under });
  },
);

survives(
  "one address under two names in the node list",
  { user: { config: withNode("again = root@10.100.0.11") } },
  async (bench) => {
    const [web] = await bench.fleet.define("ham1", ["web"], { template: "none" });
    const argv = ["list", "again", "ham1"];
    const result = await bench.mclu(argv);
    bench.undo(() => bench.fleet.node("ham1").enter(`virsh -c qemu:///system undefine ${web?.uuid}`));
    for (const node of ["again", "ham1"])
      expect(result.stdout).toMatch(new RegExp(`^web +${node} .* duplicate name, duplicate uuid$`, "m"));
    expect(result.code).toBe(0);
    return { argv, result };
  },
);

survives(
  "two nodes that are one host",
  { user: { config: withNode("alias = root@alias.example"), knownHosts: also("ham1", "alias.example") } },
  async (bench) => {
    const under = underOther(bench.home, { hosts: "10.100.0.11 alias.example\n" });
    const [web] = await bench.fleet.define("ham1", ["web"], { template: "none" });
    bench.undo(() => bench.fleet.node("ham1").enter(`virsh -c qemu:///system undefine ${web?.uuid}`));
    const argv = ["status", "alias", "ham1"];
    const result = await bench.mclu(argv, { under });
    expect(result.stdout.match(/^(alias|ham1) +on$/gm)).toHaveLength(2);
    expect(result.code).toBe(0);
    expect(result.stderr).toContain("warning: alias, ham1 have guests of the same UUIDs (web), counted on each");
    const json = async (...words: string[]) =>
      parseDocument((await bench.mclu([...words, "-o", "json"], { under })).stdout);
    const { duplicates } = await json(...argv);
    expect(duplicates).toEqual([{ nodes: ["alias", "ham1"], guests: [{ name: "web", uuid: web?.uuid }] }]);
    const duplicate = ["name", "uuid"];
    expect(await json("list", "alias", "ham1")).toMatchObject({
      guests: [
        { node: "alias", uuid: web?.uuid, duplicate },
        { node: "ham1", uuid: web?.uuid, duplicate },
      ],
    });
    // the table shows what is said of it
    return { argv, result: { ...result, stdout: result.stderr } };
  },
);
