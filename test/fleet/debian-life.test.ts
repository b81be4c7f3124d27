import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";
// it boots in 25 s, and in minutes on a machine with much else to do
const patience = ["--timeout", "500"];

describe("the life of a guest with systemd, an agent and an ssh server", { timeout: 600_000 }, () => {
  let fleet: Fleet;
  let user: FleetUser;
  let debian: FleetGuest;
  let address = "";

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.154.0", nodes: 1, kinds: { ham0: "sudo" } });
    user = await fleetUser(fleet);
    const [guest] = await fleet.define("ham0", ["debian"], { template: "debian" });
    if (!guest) throw new Error("the fleet defined no guest");
    debian = guest;
  }, 600_000);
  afterAll(async () => await fleet?.down());

  const on = (script: string) => fleet.node("ham0").enter(script);
  const mclu = (...argv: string[]) => user.mclu(argv, { limit: 550_000 });
  const inGuest = (command: string) =>
    on(`ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o LogLevel=ERROR root@${address} ${command}`);
  /** A command in the guest, by its agent. */
  const byAgent = (script: string) => {
    const command = { execute: "guest-exec", arguments: { path: "/bin/sh", arg: ["-c", script] } };
    return on(
      `json=$(cat <<'X'\n${JSON.stringify(command)}\nX\n) && ${virsh} qemu-agent-command ${debian.uuid} "$json"`,
    );
  };

  it("is waited for: its agent, and its ssh server", async () => {
    await mclu("start", "debian");
    const [agent, ssh] = await Promise.all([
      mclu("wait", "debian", "--for", "agent", ...patience),
      mclu("wait", "ham0/debian", "--for", "ssh", ...patience),
    ]);
    expect([agent.code, agent.stdout]).toEqual([0, "ham0/debian: agent\n"]);
    expect([ssh.code, ssh.stdout]).toEqual([0, expect.stringMatching(/^192\.168\.122\.\d+\n$/)]);
    address = ssh.stdout.trim();
    expect((await mclu("ip", "debian", "-o", "name")).stdout).toBe(ssh.stdout);
  });

  it("does not stop where it ignores ACPI and its agent is gone or stands still, and stops through its agent", async () => {
    const key = (await on("ssh-keygen -y -f /root/.ssh/id_ed25519")).trim();
    await byAgent(`mkdir -p /root/.ssh /etc/systemd/logind.conf.d && echo ${key} >/root/.ssh/authorized_keys
printf '[Login]\\nHandlePowerKey=ignore\\n' >/etc/systemd/logind.conf.d/deaf.conf
systemctl restart systemd-logind && systemctl stop qemu-guest-agent`);
    const deadline = Date.now() + 300_000;
    while ((await on(`${virsh} dumpxml ${debian.uuid}`)).includes("state='connected'") && Date.now() < deadline);
    const none = await mclu("wait", "debian", "--for", "agent", "--timeout", "1");
    expect([none.code, none.stderr]).toEqual([7, expect.stringContaining("its agent is not connected")]);
    const deaf = await mclu("stop", "debian", "--timeout", "8");
    expect([deaf.code, deaf.stdout]).toEqual([7, "ham0/debian: not stopped\n"]);
    await inGuest("systemctl start qemu-guest-agent");
    expect((await mclu("wait", "debian", "--for", "agent", ...patience)).code).toBe(0);
    // one that stands still is not waited for: ACPI is asked as well
    await inGuest("systemctl kill --signal STOP qemu-guest-agent");
    const presses = async () => (await inGuest("journalctl --boot")).match(/Power key pressed/g)?.length ?? 0;
    const before = await presses();
    const frozen = await mclu("stop", "debian", "--timeout", "20");
    expect([frozen.code, frozen.stdout]).toEqual([7, "ham0/debian: not stopped\n"]);
    expect(await presses()).toBeGreaterThan(before);
    await inGuest("systemctl restart qemu-guest-agent");
    expect((await mclu("wait", "debian", "--for", "agent", ...patience)).code).toBe(0);
    const stopped = await mclu("stop", "debian", ...patience);
    expect([stopped.code, stopped.stdout]).toEqual([0, "ham0/debian: stopped\n"]);
  });

  it("is powered off with --force while it boots and hears nobody", async () => {
    expect((await mclu("start", "debian")).code).toBe(0);
    const run = await mclu("stop", "debian", "--force", "--timeout", "1");
    expect([run.code, run.stdout]).toEqual([0, "ham0/debian: powered off\n"]);
    const never = await mclu("wait", "debian", "--for", "ssh");
    expect([never.code, never.stderr]).toEqual([6, expect.stringContaining("debian will have no ssh: it is shut off")]);
    await expectNothingLeft(fleet.nodes);
  });
});
