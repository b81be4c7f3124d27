import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCluster } from "../../../src/index.ts";
import { nodesBehind } from "../../../src/operations/node-power/jump-order.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const config =
  "[nodes]\ngate = 192.0.2.1\ninner = 192.0.2.2:2222\ndeep =\nfree =\nhere =\n[node.here]\ntransport = local\n";

async function cluster(sshConfig: string) {
  const home = temporaryDirectory();
  const file = join(home, "mclu.conf");
  const ssh = join(home, "ssh_config");
  writeFileSync(file, config);
  writeFileSync(ssh, sshConfig);
  return openCluster({ file, env: { HOME: home, PATH: process.env.PATH, MCLU_SSH_CONFIG: ssh } });
}

describe("nodes that are reached through others", () => {
  const two = "Host first\n HostName 192.0.2.1\nHost second\n HostName 192.0.2.2\n";
  it.each([
    ["ProxyJump", `${two}Host deep\n ProxyJump first,second:2222\n`, { gate: ["deep"], inner: ["deep"] }],
    [
      "a jump host with one of its own",
      `${two}Host deep\n ProxyJump second:2222\nHost 192.0.2.2\n ProxyJump root@first\n`,
      { gate: ["inner", "deep"], inner: ["deep"] },
    ],
    [
      "a ProxyCommand that is an ssh",
      `${two}Host deep\n ProxyCommand ssh -q -W %h:%p root@first\nHost free\n ProxyCommand /usr/bin/ssh -p 2222 second nc %h %p\n`,
      { gate: ["deep"], inner: ["free"] },
    ],
    ["no other ProxyCommand", `${two}Host deep\n ProxyCommand socat - TCP:first:22\n`, {}],
    ["another port of the host", `${two}Host deep\n ProxyJump second\n`, {}],
    [
      "hosts that lead to each other",
      "Host deep\n ProxyJump free\nHost free\n ProxyJump deep\n",
      { deep: ["free"], free: ["deep"] },
    ],
  ])("knows %s", async (_, sshConfig, expected) => {
    const made = await cluster(sshConfig);
    const found = await nodesBehind(made, made.nodes);
    expect(Object.fromEntries([...found].filter(([, names]) => names.length > 0))).toEqual(expected);
  });

  it("asks nothing for one node", async () => {
    const made = await cluster("nonsense\n");
    expect((await nodesBehind(made, made.nodes.slice(0, 1))).size).toBe(0);
    // where ssh refuses its configuration no order is known
    expect([...(await nodesBehind(made, made.nodes))].flatMap(([, names]) => names)).toEqual([]);
  });
});
