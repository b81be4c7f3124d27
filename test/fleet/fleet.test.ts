import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fault, type Fleet, guestAddress, startFleet } from "./fleet.ts";
import { remains } from "./remains.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const script = fileURLToPath(new URL("fleet", import.meta.url));
const virsh = "virsh -c qemu:///system";

async function until(condition: () => boolean, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 100));
  return condition();
}

describe("a fleet of four nodes that differ", () => {
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet({
      net: "10.91.0",
      nodes: 4,
      kinds: { ham1: "sudo", ham2: "dynamic", ham3: "jump" },
    });
  });
  afterAll(async () => {
    await fleet?.down();
    expect(remains("0a5b00")).toBe("");
    expect(remains("10.91.")).toBe("");
    expect(existsSync(fleet.dir)).toBe(false);
  });

  const login = async (name: string) => (await fleet.node(name).run("whoami; hostname")).stdout.trim().split("\n");

  it("is reached in each way", async () => {
    expect(await login("ham0")).toEqual(["root", "ham0"]);
    expect(await login("ham1")).toEqual(["admin", "ham1"]);
    expect(await login("ham2")).toEqual(["root", "ham2"]);
    expect(await login("ham3")).toEqual(["root", "ham3"]);
  });

  it("lets admin become root without a password, and change guests only then", async () => {
    const node = fleet.node("ham1");
    expect((await node.run(`${virsh} pool-refresh default`)).code).not.toBe(0);
    expect((await node.run(`sudo -n ${virsh} pool-refresh default`)).code).toBe(0);
    expect((await node.run("sudo -n sh -c 'whoami; echo $LIBGUESTFS_BACKEND'")).stdout).toBe("root\ndirect\n");
  });

  it("reaches the jump node only through another", async () => {
    const { address } = fleet.node("ham3");
    const error = await new Promise<NodeJS.ErrnoException>((resolve) => connect(22, address).once("error", resolve));
    expect(error.code).toBe("EHOSTUNREACH");
  });

  it("describes itself for ssh and for mclu", () => {
    const settings = execFileSync("ssh", ["-GT", "-F", fleet.sshConfig, "ham1"], { encoding: "utf8" });
    expect(settings).toContain(`hostname ${fleet.node("ham1").address}\n`);
    expect(settings).toContain("user admin\n");
    expect(settings).toContain(`identityfile ${fleet.dir}/home/.ssh/id_ed25519\n`);
    const config = readFileSync(fleet.configFile, "utf8");
    expect(config).toContain("ham1 = admin@10.91.0.11");
    expect(config).toContain("[node.ham1]\nmac = 52:0a:5b:00:00:0b\nbecome = sudo");
  });

  it("keeps nodes apart from each other and from this machine", async () => {
    await fleet.node("ham0").enter("touch /etc/mine /root/mine /tmp/mine /var/tmp/mine /var/lib/libvirt/images/mine");
    for (const path of ["/etc", "/root", "/tmp", "/var/tmp", "/var/lib/libvirt/images"]) {
      expect(existsSync(`${path}/mine`)).toBe(false);
      expect((await fleet.node("ham2").run(`test -e ${path}/mine`)).code).toBe(1);
    }
    const uuid = async (name: string) => (await fleet.node(name).run(`${virsh} capabilities | grep uuid`)).stdout;
    expect(await uuid("ham0")).not.toBe(await uuid("ham2"));
  });

  it("switches a node off and on", async () => {
    await fleet.off("ham2");
    expect((await fleet.node("ham2").run("true")).code).toBe(255);
    await fleet.on("ham2");
    expect(await login("ham2")).toEqual(["root", "ham2"]);
    // a node that switches itself off, as `mclu off` makes it do
    await fleet.node("ham2").enter("poweroff");
    const hosts = () => execFileSync(script, ["hosts"], { env: env(fleet), encoding: "utf8" });
    expect(await until(() => /^ham2 .* off$/m.test(hosts()), 5)).toBe(true);
    await fleet.on("ham2");
    expect(await login("ham2")).toEqual(["root", "ham2"]);
  });

  it("stays as it is when brought up again", async () => {
    const [guest] = await fleet.define("ham0", ["kept"], { template: "none" });
    const before = await fleet.node("ham0").enter("cat /proc/1/stat");
    const typed = ["run", "fleet", "--", "up", "4"];
    execFileSync("npm", typed, { cwd: root, env: env(fleet) });
    expect((await fleet.node("ham0").enter("cat /proc/1/stat")).split(" ")[21]).toBe(before.split(" ")[21]);
    expect(await fleet.node("ham0").enter(`${virsh} domname ${guest?.uuid}`)).toBe("kept\n\n");
    expect(fleet.node("ham1").kind).toBe("sudo");
  });

  it("defines guests whatever their names", async () => {
    const names = ["a b", `-x'y"&<$(id)`, "1", "*", "--start"];
    const guests = await fleet.define("ham1", names, { template: "none", memory: 64, vcpus: 2 });
    expect(guests.map((guest) => guest.name)).toEqual(names);
    const listed = await fleet.node("ham1").enter(`${virsh} list --all --name`);
    expect(listed.trim().split("\n").sort()).toEqual([...names].sort());
  });

  it("says on a terminal, too, nothing but which guests it defined", () => {
    const onTerminal = fileURLToPath(new URL("../support/on-terminal.py", import.meta.url));
    const env = { ...process.env, FLEET_DIR: fleet.dir, FLEET_NET: "10.91.0" };
    const argv = [onTerminal, "80", "24", script, "define", "ham0", "--template", "none", "typed"];
    expect(execFileSync("python3", argv, { env, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] })).toMatch(
      /^[0-9a-f-]{36} typed\r\n$/,
    );
  });

  it("boots a tiny guest that gets an address, as root and with dynamic ownership", async () => {
    const [root, dynamic] = await Promise.all(
      ["ham0", "ham2"].map((name) => fleet.define(name, ["tiny 1"], { start: true })),
    );
    const owner = (name: string) => fleet.node(name).enter("stat -c %U '/var/lib/libvirt/images/tiny 1.qcow2'");
    expect(await owner("ham0")).toBe("root\n");
    expect(await owner("ham2")).toBe("libvirt-qemu\n");
    expect(await fleet.node("ham2").enter("ps -C qemu-system-x86_64 -o user:20=")).toBe("libvirt-qemu\n");
    if (root?.[0] === undefined || dynamic?.[0] === undefined) throw new Error("define named no guest");
    expect(await guestAddress(fleet.node("ham0"), root[0])).toMatch(/^192\.168\.122\./);
    expect(await guestAddress(fleet.node("ham2"), dynamic[0])).toMatch(/^192\.168\.122\./);
    await fleet.node("ham2").enter(`${virsh} destroy ${dynamic[0].uuid}`);
    // remember_owner: it goes back to whom it belonged before
    expect(await owner("ham2")).toBe("root\n");
  });

  const list = "timeout 3 virsh -c qemu:///system --readonly list --name";
  const faults: [Fault, { command?: string; code: number; says: RegExp }][] = [
    ["sshd-stopped", { code: 255, says: /Connection refused/ }],
    ["sshd-frozen", { code: 255, says: /timed out/ }],
    ["not-ssh", { code: 255, says: /./ }],
    ["hostkey", { code: 255, says: /Host key verification failed/ }],
    ["auth", { code: 255, says: /Permission denied/ }],
    ["dropped", { code: 255, says: /timed out/ }],
    ["unplugged", { code: 255, says: /No route to host|timed out/ }],
    ["libvirtd-stopped", { code: 1, says: /Failed to connect socket/ }],
    ["libvirtd-frozen", { code: 124, says: /^/ }],
    ["no-virsh", { code: 127, says: /virsh.*No such file/ }],
    ["noise", { code: 0, says: /quota exceeded/ }],
    ["shell:/usr/sbin/nologin", { code: 1, says: /^/ }],
    ["shell:/usr/bin/fish", { command: "set -l a 1; exit (math $a + 1)", code: 2, says: /^/ }],
    ["sudo-password", { command: "sudo -n true", code: 1, says: /a password is required/ }],
    [
      "disk-full",
      { command: "head -c 17M /dev/zero | sudo -n tee /var/lib/libvirt/images/x", code: 1, says: /No space left/ },
    ],
  ];
  it.each(faults)("breaks and mends: %s", async (kind, expected) => {
    const node = fleet.node("ham1");
    await fleet.fault("ham1", kind);
    const broken = await node.run(expected.command ?? list);
    expect({ kind, code: broken.code }).toEqual({ kind, code: expected.code });
    expect(broken.stderr).toMatch(expected.says);
    await fleet.heal("ham1");
    const mended = await node.run(`${list} && sudo -n true`);
    expect({ kind, ...mended, stdout: "" }).toEqual({ kind, code: 0, stdout: "", stderr: "" });
  });

  it("drops a second connection while one has not logged in: max-startups", async () => {
    await fleet.fault("ham0", "max-startups");
    const first = connect(22, fleet.node("ham0").address);
    await new Promise((resolve) => first.once("data", resolve));
    expect((await fleet.node("ham0").run("true")).code).toBe(255);
    first.destroy();
    await fleet.heal("ham0");
    expect((await fleet.node("ham0").run("true")).code).toBe(0);
  });

  it("allows one session per connection: max-sessions", async () => {
    const effective = () => fleet.node("ham0").enter("/usr/sbin/sshd -T | grep maxsessions");
    await fleet.fault("ham0", "max-sessions");
    expect(await effective()).toBe("maxsessions 1\n");
    await fleet.heal("ham0");
    expect(await effective()).toBe("maxsessions 10\n");
  });

  it.each(["silent", "banner-only"] as const)("breaks and mends: %s", async (kind) => {
    await fleet.fault("ham0", kind);
    const socket = connect(22, fleet.node("ham0").address).setEncoding("utf8");
    const heard: string[] = [];
    socket.on("data", (text: string) => heard.push(text));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    expect(heard.join("")).toBe(kind === "silent" ? "" : "SSH-2.0-OpenSSH_9.2p1\r\n");
    socket.destroy();
    await fleet.heal("ham0");
    expect((await fleet.node("ham0").run("true")).code).toBe(0);
  });

  it("boots the Debian guest, whose agent answers", { timeout: 300_000 }, async () => {
    const [guest] = await fleet.define("ham0", ["deb"], { template: "debian", start: true });
    const ping = `${virsh} qemu-agent-command ${guest?.uuid} '{"execute":"guest-ping"}' 2>/dev/null || true`;
    const deadline = Date.now() + 120_000;
    let answer = "";
    while (!answer.includes("return") && Date.now() < deadline) answer = await fleet.node("ham0").enter(ping);
    expect(answer).toContain('{"return":{}}');
  });

  it("names the kinds when asked for a fault it does not know", async () => {
    await expect(fleet.fault("ham1", "shell:/" as Fault)).resolves.toBeUndefined();
    await fleet.heal("ham1");
    await expect(fleet.fault("ham1", "typo" as Fault)).rejects.toThrow(/no fault 'typo'[\s\S]*libvirtd-frozen/);
  });

  it("runs beside a second fleet, refuses a third on the same network, and leaves nothing", async () => {
    const second = await startFleet({ net: "10.92.0", nodes: 1 });
    expect((await second.node("ham0").run("hostname -I")).stdout).toContain("10.92.0.10");
    expect((await fleet.node("ham0").run("hostname -I")).stdout).toContain("10.91.0.10");
    await expect(startFleet({ net: "10.92.0", nodes: 1 })).rejects.toThrow(second.dir);
    expect((await second.node("ham0").run("hostname -I")).stdout).toContain("10.92.0.10");
    await second.down();
    expect(remains("0a5c00")).toBe("");
    expect(remains("10.92")).toBe("");
    expect(existsSync(second.dir)).toBe(false);
    expect(await login("ham0")).toEqual(["root", "ham0"]);
  });
});

it("is taken down by its guard when the process that wanted it is killed", async () => {
  const owner = spawn("sleep", ["600"], { stdio: "ignore" });
  const dir = `/tmp/mclu-guarded-${process.pid}`;
  const guarded = { ...process.env, FLEET_DIR: dir, FLEET_NET: "10.92.0" };
  execFileSync(script, ["up", "1"], { env: guarded });
  spawn(script, ["guard", String(owner.pid)], { env: guarded, detached: true, stdio: "ignore" }).unref();
  expect(remains("0a5c00")).not.toBe("");
  owner.kill("SIGKILL");
  expect(await until(() => remains("0a5c00") === "" && !existsSync(dir), 10)).toBe(true);
});

it("takes over the network of a fleet that is dead, guard and all, and of no other", async () => {
  const guardOf = spawn("sleep", ["600"], { stdio: "ignore" });
  const dir = `/tmp/mclu-dead-${process.pid}`;
  const dead = { ...process.env, FLEET_DIR: dir, FLEET_NET: "10.92.0" };
  const guard = spawn(script, ["guard", String(guardOf.pid)], { env: dead, detached: true, stdio: "ignore" });
  expect(await until(() => existsSync(`${dir}/.guard`), 10)).toBe(true);
  execFileSync(script, ["up", "2"], { env: dead });
  const take = () => startFleet({ net: "10.92.0", nodes: 1 });
  // switched off by its owner, it is still one that is taken down in the end
  for (const node of ["ham0", "ham1"]) execFileSync(script, ["off", node], { env: dead });
  execFileSync("ip", ["netns", "add", "mclu-0a5c00-ham1"]);
  await expect(take()).rejects.toThrow(dir);
  process.kill(-(guard.pid ?? 0), "SIGKILL");
  await until(() => guard.signalCode !== null, 10);
  guardOf.kill();
  // what runs in its namespaces speaks for it as well
  const inside = spawn("ip", ["netns", "exec", "mclu-0a5c00-ham1", "sleep", "600"], { stdio: "ignore" });
  await until(() => execFileSync("ip", ["netns", "pids", "mclu-0a5c00-ham1"], { encoding: "utf8" }) !== "", 10);
  await expect(take()).rejects.toThrow(dir);
  inside.kill();
  await until(() => inside.signalCode !== null, 10);
  const next = await take();
  expect((await next.node("ham0").run("hostname")).stdout).toBe("ham0\n");
  await next.down();
  expect(remains("0a5c00")).toBe("");
  rmSync(dir, { recursive: true });
});

function env(fleet: Fleet): NodeJS.ProcessEnv {
  return { ...process.env, FLEET_DIR: fleet.dir, FLEET_NET: "10.91.0" };
}
