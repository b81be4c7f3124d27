import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fault, type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, type NodeRow, slack } from "./fleet-user.ts";
import { wrapPrograms } from "./wrap.ts";

/** A failed node: why, what is said of it (a pattern), what to type next, and seconds until mclu knows. */
interface Failure {
  readonly fault?: Fault;
  /** Another way to break it: what it has for virsh, lines for `sh`. */
  readonly virsh?: string;
  readonly reason: string;
  readonly detail: RegExp;
  readonly hint: RegExp;
  readonly seconds: number;
}

// every node broken in a way of its own: ham0, through which ham2 is reached, is off; ham1 is sound
const failures: Readonly<Record<string, Failure>> = {
  ham2: {
    reason: "jump",
    // after 3 s the kernel may say first that nobody answers its ARP
    detail: /^jump host ham0: off: (no answer|EHOSTUNREACH) from 10\.96\.0\.10( within 3 s| port 22)$/,
    hint: /^ssh ham0 true$/,
    seconds: 3,
  },
  ham5: {
    fault: "sshd-stopped",
    reason: "refused",
    detail: /^10\.96\.0\.15 port 22 refused the connection: /,
    hint: /^ssh (-p 22 )?(root@)?10\.96\.0\.15$/,
    seconds: 1,
  },
  ham6: {
    fault: "auth",
    reason: "auth",
    detail: /^root was not let in: no key that was offered is accepted$/,
    hint: /^ssh-copy-id -i \S+\/id_ed25519 root@10\.96\.0\.16$/,
    seconds: 1,
  },
  ham7: {
    fault: "hostkey",
    reason: "host-key-changed",
    detail: /^10\.96\.0\.17 shows SHA256:\S{43}, but \S+\/known_hosts:8 has SHA256:\S{43}$/,
    hint: /^ssh-keygen -R 10\.96\.0\.17 -f \S+\/known_hosts$/,
    seconds: 1,
  },
  ham8: {
    reason: "host-key-unknown",
    detail: /^10\.96\.0\.18 is not in \S+\/known_hosts; it shows SHA256:\S{43}$/,
    hint: /^mclu trust ham8$/,
    seconds: 1,
  },
  ham9: {
    fault: "libvirtd-stopped",
    reason: "libvirt-down",
    detail: /^error: Failed to connect socket to '\S+': No such file or directory$/,
    hint: /^mclu exec ham9 -- systemctl start libvirtd$/,
    seconds: 1,
  },
  ham10: {
    fault: "no-virsh",
    reason: "no-libvirt",
    detail: /^virsh is not installed there$/,
    hint: /^mclu exec ham10 -- apt-get install libvirt-clients$/,
    seconds: 1,
  },
  ham11: {
    fault: "sudo-password",
    reason: "denied",
    detail: /^sudo -n was refused: sudo: a password is required$/,
    hint: /^ssh admin@10\.96\.0\.21 sudo -n true$/,
    seconds: 1,
  },
  ham12: {
    fault: "libvirtd-frozen",
    reason: "slow",
    detail: /^virsh did not answer in time$/,
    hint: /^mclu exec ham12 -- systemctl status libvirtd$/,
    seconds: 3,
  },
  ham13: {
    fault: "sshd-frozen",
    reason: "slow",
    detail: /^no SSH handshake within 8 s/,
    hint: /^ssh -v root@10\.96\.0\.23$/,
    seconds: 8.5,
  },
  ham14: {
    fault: "shell:/usr/sbin/nologin",
    reason: "protocol",
    detail: /^no POSIX shell answered \(exit code 1\): This account is currently not available\.$/,
    hint: /^ssh \S+ sh -c true$/,
    seconds: 1,
  },
  ham15: {
    fault: "not-ssh",
    reason: "protocol",
    detail: /^no SSH greeting from 10\.96\.0\.25 port 22, but "HTTP\/1\.1 400 Bad Request"$/,
    hint: /^ssh -v root@10\.96\.0\.25$/,
    seconds: 1,
  },
  ham16: {
    // half an answer, and the connection is cut
    virsh: "/usr/bin/virsh -q -r nodeinfo | head -n 2; pkill -KILL -f 'sshd: root@[n]otty'",
    reason: "lost",
    detail: /^the connection was lost: /,
    hint: /^mclu status$/,
    seconds: 1,
  },
  nowhere: {
    reason: "unknown-host",
    detail: /^nowhere\.invalid has no address: /,
    hint: /^getent hosts nowhere\.invalid {2}# or give nowhere an address in mclu\.conf$/,
    // what this machine's name server takes, at most
    seconds: 6,
  },
};
const offNodes = ["ham0", "ham3", "ham4"];
const failed = Object.entries(failures);

describe("a cluster where every node but one is broken in a way of its own", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.96.0", nodes: 17, kinds: { ham2: "jump", ham11: "sudo" } });
    user = await fleetUser(fleet, {
      timed: true,
      config: (text) => text.replace("[nodes]\n", "[nodes]\nnowhere = root@nowhere.invalid\n"),
      knownHosts: (text) => text.replace(/^ham8,.*\n/m, ""),
    });
    await Promise.all([
      fleet.off("ham0"),
      fleet.fault("ham3", "dropped"),
      fleet.fault("ham4", "unplugged"),
      ...failed.map(([name, { fault }]) => fault && fleet.fault(name, fault)),
      ...failed.map(([name, { virsh }]) => virsh && wrapPrograms(fleet.node(name), { virsh })),
    ]);
  });
  afterAll(() => fleet?.down());

  /** Nodes a process could be left on, as far as one can look. */
  const inhabited = () => fleet.nodes.filter(({ name }) => !["ham0", "ham13"].includes(name));
  const ask = (...argv: string[]) => user.mclu(["--read-timeout", "2", ...argv]);
  /** By node, from the first test. */
  const rows = new Map<string, NodeRow>();

  /** The lines of a node in `status`. */
  const block = (name: string) => {
    const reason = failures[name]?.reason;
    if (reason) return `${name.padEnd(24)} failed: ${reason}\n${" ".repeat(27)}try: ${rows.get(name)?.hint}\n`;
    if (offNodes.includes(name)) return `${name.padEnd(24)} off\n`;
    return expect.stringMatching(/^ham1 {21}on\n {27}total: \d+pcpus [\d.]+[GM]\n {28}free: [\d.]+[GM]\n$/);
  };

  it("shows a true table of all of them at once, no slower than the slowest", async () => {
    const [text, json] = await Promise.all([ask("status"), ask("status", "-o", "json")]);
    for (const row of (JSON.parse(json.stdout) as { nodes: NodeRow[] }).nodes) rows.set(row.node, row);
    const names = ["nowhere", ...fleet.nodes.map(({ name }) => name)];
    expect([...rows.keys()]).toEqual(names);
    expect(text.stdout.split(/^(?=\S)/m)).toEqual(names.map(block));
    for (const result of [text, json]) {
      expect(result.stderr).toBe("");
      expect(result.code).toBe(3);
      expect(result.ms).toBeLessThan(8500 * slack);
    }
    for (const [name, { reason, detail, hint }] of failed) {
      const row = { node: name, state: "failed", reason };
      expect(rows.get(name)).toEqual({
        ...row,
        detail: expect.stringMatching(detail),
        hint: expect.stringMatching(hint),
      });
    }
    for (const node of offNodes)
      expect(rows.get(node)).toEqual({ node, state: "off", detail: expect.stringMatching(/ 10\.96\.0\.1[034]\b/) });
    await expectNothingLeft(inhabited());
  });

  it.each(failed)("says what is wrong with %s, and what to type", async (name, failure) => {
    const result = await ask("status", name);
    expect(result).toMatchObject({ code: 5, stdout: block(name), stderr: "error: no node answered\n" });
    // start and end of the program included
    expect(result.ms).toBeLessThan((failure.seconds + 0.5) * 1000 * slack);
    await expectNothingLeft(inhabited());
  });

  it("gives nodes that are off and were asked for by name three seconds", async () => {
    const result = await ask("status", ...offNodes);
    expect(result).toMatchObject({
      code: 5,
      stdout: offNodes.map(block).join(""),
      stderr: "error: no node answered\n",
    });
    expect(result.ms).toBeGreaterThan(3000);
    expect(result.ms).toBeLessThan(3500 * slack);
  });

  it("lists the guests of the node that answers and says of every other one that its guests are unknown", async () => {
    // all but the one that takes 8 s to give up
    const heard = failed.filter(([name]) => name !== "ham13");
    await fleet.define("ham1", ["web"], { template: "none" });
    const { code, stdout, stderr } = await ask("list", "ham1", ...offNodes, ...heard.map(([name]) => name));
    expect(stdout).toMatch(/^NAME {2}NODE {2}STATE {5}VCPUS {2}MEMORY\nweb {3}ham1 {2}shut off {6}1 {4}\S+\n$/);
    for (const [name, { reason }] of heard) expect(stderr).toContain(`warning: ${name} failed: ${reason}: `);
    expect(stderr.match(/; its guests are unknown\n {2}try: /g)).toHaveLength(heard.length);
    expect(stderr).toContain("off: ham0 ham3 ham4\n");
    // they were named
    expect(code).toBe(5);
  });

  it("exits 5 when no node answers", async () => {
    const { code, stderr } = await ask("status", "ham5", "ham10");
    expect([code, stderr]).toEqual([5, "error: no node answered\n"]);
    const listed = await ask("list", "ham5", "ham6");
    expect([listed.code, listed.stdout]).toEqual([5, "NAME  NODE  STATE  VCPUS  MEMORY\n"]);
    expect(listed.stderr).toContain("error: no node answered\n");
  });

  it("does not take what a login shell says for what libvirt says", async () => {
    await fleet.fault("ham9", "noise");
    const { stdout } = await ask("status", "-o", "json", "ham9");
    const { nodes } = JSON.parse(stdout) as { nodes: NodeRow[] };
    expect(nodes[0]?.detail).toMatch(failures.ham9?.detail ?? /^$/);
  });

  it("says no-network of every node when this machine has none", async () => {
    const result = await user.mclu(["status", "-o", "json", "ham1", "ham5"], { under: ["unshare", "--net"] });
    expect(result.code).toBe(5);
    const { nodes } = JSON.parse(result.stdout) as { nodes: object[] };
    for (const [index, host] of ["10.96.0.11", "10.96.0.15"].entries())
      expect(nodes[index]).toMatchObject({
        reason: "no-network",
        detail: `ENETUNREACH: this machine has no way to ${host} port 22`,
        hint: `ip route get ${host}`,
      });
  });
});
