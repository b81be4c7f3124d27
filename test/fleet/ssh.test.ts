import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, type NodeRow, slack } from "./fleet-user.ts";

describe("ssh, where it is not plain", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.116.0", nodes: 4, kinds: { ham2: "jump" } });
    user = await fleetUser(fleet, {
      timed: true,
      config: (text) => text.replace("[nodes]\n", "[nodes]\nnowhere = root@nowhere.example.org\n"),
      knownHosts: (text) => text.replace(/^ham1,.*\n/m, ""),
    });
    await fleet
      .node("ham1")
      .enter(`echo KexAlgorithms sntrup761x25519-sha512@openssh.com >/etc/ssh/sshd_config.d/pq.conf
      kill -HUP $(cat /run/sshd.pid); sleep 0.3`);
  });
  afterAll(() => fleet?.down());

  const row = async (node: string, ...more: string[]): Promise<NodeRow | undefined> => {
    const { stdout } = await user.mclu(["status", "-o", "json", ...more, node]);
    return (JSON.parse(stdout) as { nodes: NodeRow[] }).nodes[0];
  };

  it("trusts a host with post-quantum key exchange alone, and asks it then", async () => {
    expect(await row("ham1")).toMatchObject({ state: "failed", reason: "host-key-unknown", hint: "mclu trust ham1" });
    const real = (await fleet.node("ham1").enter("ssh-keygen -lf /etc/ssh/hostkey.pub")).split(" ")[1] ?? "";
    const shown = await user.mclu(["trust", "ham1"]);
    expect([shown.code, shown.stdout]).toEqual([6, expect.stringContaining(real)]);
    expect((await user.mclu(["trust", "ham1", "--fingerprint", real])).code).toBe(0);
    expect(await row("ham1")).toMatchObject({ state: "on" });
    await expectNothingLeft([fleet.node("ham1")]);
  });

  it("calls a node off that its jump host gets no answer from", async () => {
    await fleet.off("ham2");
    const silence = await row("ham2", "--connect-timeout", "8");
    await fleet.on("ham2");
    expect(silence).toMatchObject({
      state: "off",
      detail: expect.stringMatching(/^ham0 had no answer from \S+ port 22: /),
    });
    // its sshd alone being away is another matter
    await fleet.fault("ham2", "sshd-stopped");
    expect(await row("ham2", "--connect-timeout", "8")).toMatchObject({ state: "failed", reason: "jump" });
    await fleet.heal("ham2");
  });

  it("ends soon where the name server is dead", async () => {
    await fleet.fault("ham3", "dropped");
    const resolv = join(user.home, "resolv.conf");
    await writeFile(resolv, "nameserver 10.116.0.13\n");
    const bind = ["unshare", "--mount", "sh", "-c", `mount --bind ${resolv} /etc/resolv.conf && exec "$@"`, "sh"];
    const result = await user.mclu(["status", "nowhere"], { under: bind });
    await fleet.heal("ham3");
    expect(result).toMatchObject({ code: 5, stdout: expect.stringMatching(/^nowhere {18}failed: unknown-host\n/) });
    // as glibc has it by itself, ten seconds
    expect(result.ms).toBeLessThan(4000 * slack);
  });

  it("shows a node that loses power as off, and never as lost", async () => {
    const asked = "timeout 40 sh -c 'until pgrep -f \"[s]shd: root@notty\" >/dev/null; do sleep 0.1; done'";
    const off = fleet
      .node("ham3")
      .enter(asked)
      .then(() => sleep(2500))
      .then(() => fleet.off("ham3"))
      .then(() => sleep(8000));
    const { stdout } = await user.mclu(["status", "--watch", "1", "ham3"], { signal: { name: "SIGINT", when: off } });
    await fleet.on("ham3");
    expect(stdout).toMatch(/^ham3 {21}on\n[\s\S]*^ham3 {21}off\n/m);
    expect(stdout).not.toContain("failed");
  });

  it("lets no ssh of a ProxyCommand ask on the terminal", async () => {
    const locked = join(user.home, "locked");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "open sesame", "-f", locked]);
    const config = join(user.home, "ssh_config");
    const plain = await readFile(config, "utf8");
    const hop = `ssh -F none -i ${locked} -o IdentitiesOnly=yes -o UserKnownHostsFile=/dev/null root@10.116.0.10 -W %h:%p`;
    await writeFile(config, `Host 10.116.0.13\n  ProxyCommand ${hop}\n${plain}`);
    const result = await user.mclu(["status", "ham3"], { pty: { columns: 100, rows: 24 } });
    await writeFile(config, plain);
    expect(result.stdout).not.toMatch(/passphrase|authenticity|yes\/no/);
    expect(result.stdout).toContain("failed: ");
  });
});
