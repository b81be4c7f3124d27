import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Duplex, PassThrough, Readable, Writable } from "node:stream";
import { expect, it, onTestFinished, vi } from "vitest";
import { NodeError } from "../../src/node/failure.ts";
import { guestKeys, sshHost } from "../../src/operations/guest-ssh.ts";
import { sshConfig } from "../../src/operations/ssh-config.ts";
import { proxyToGuest, proxyToSocket } from "../../src/operations/ssh-proxy.ts";
import { withSshRoute } from "../../src/operations/ssh-route.ts";
import { answersAt, claimingCards, claimingCluster } from "../support/claiming-guest.ts";
import { fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("gives ssh a guest's name, but no node's, whose Host blocks are not meant for it, and nothing that it would read", async () => {
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] });
  const hostOf = (name: string) => sshHost(cluster, { name, uuid: testUuid(1) });
  expect(hostOf("web1")).toBe("web1");
  expect(hostOf("ham1")).toBe(testUuid(1));
  expect(hostOf("-oProxyCommand=x")).toBe(testUuid(1));
});

const key = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const address = "192.0.2.5";
const doubt = `the agent of web1 says that it is at ${address}, and ham0 cannot see whose address that is`;

it("has ssh ask about the host key of an address that nobody can judge, until one is known", async () => {
  const cluster = await claimingCluster([address]);
  const route = async (of = cluster) => {
    const seen: unknown[] = [];
    await withSshRoute(of, "web1", { connector: ["connect"] }, async (found) => {
      seen.push(
        found.doubt,
        found.options.find((option) => option.startsWith("StrictHostKeyChecking=")),
      );
      return 0;
    });
    return seen;
  };
  const certain = await claimingCluster([address], answersAt(address, claimingCards[0]));
  expect(await route(certain)).toEqual([null, "StrictHostKeyChecking=accept-new"]);
  expect(await route()).toEqual([doubt, "StrictHostKeyChecking=ask"]);
  appendFileSync(guestKeys(cluster), `@revoked ${testUuid(1)} ssh-ed25519 ${key}\n`);
  expect(await route()).toEqual([doubt, "StrictHostKeyChecking=ask"]);
  await expect(proxyToGuest(cluster, "web1", new PassThrough())).rejects.toMatchObject({
    message: `${doubt}; no host key of it is known`,
    hint: "mclu ssh ham0/web1, which shows its host key and asks",
    exitCode: 6,
  });
  appendFileSync(guestKeys(cluster), `${testUuid(1)} ssh-ed25519 ${key}\n`);
  expect(await route()).toEqual([null, "StrictHostKeyChecking=accept-new"]);
});

/** What comes through a route's socket until its end. */
async function greetingThrough(options: readonly string[]): Promise<string> {
  const proxy = options.find((option) => option.startsWith("ProxyCommand=")) ?? "";
  const heard: Buffer[] = [];
  const output = new Writable({
    write(chunk, _encoding, done) {
      heard.push(chunk);
      done();
    },
  });
  await proxyToSocket(proxy.split(" ").at(-1) ?? "", Duplex.from({ readable: Readable.from([]), writable: output }));
  return Buffer.concat(heard).toString();
}

it.each([
  [lostNode, /^the connection to web1 is gone: ham0 failed: .*the wire was cut$/, 5],
  [
    { state: "failed", reason: "refused", detail: "nobody there", hint: "ss -tln" } as const,
    /^ham0 could not connect to web1: .*nobody there$/,
    1,
  ],
])(
  "lets each ssh of an scp with several sources through, and says why a later one was not: %j",
  async (silence, message, exitCode) => {
    const cluster = await claimingCluster([address], answersAt(address, claimingCards[0]));
    let connections = 0;
    const connect = async () => {
      if (++connections > 2) throw new NodeError(silence);
      return Duplex.from(Readable.from(["SSH-2.0-x"]));
    };
    const use = <T>(_how: unknown, work: (transport: unknown) => Promise<T>) => work({ connect });
    Object.assign(cluster.nodes[0] ?? {}, { use });
    const seen: string[] = [];
    let options: readonly string[] = [];
    const copying = withSshRoute(cluster, "web1", { connector: ["connect"] }, async (route) => {
      ({ options } = route);
      for (let count = 0; count < 3; count++) seen.push(await greetingThrough(options));
      return 1;
    });
    await expect(copying).rejects.toMatchObject({
      message: expect.stringMatching(message),
      exitCode,
    });
    expect(seen).toEqual(["SSH-2.0-x", "SSH-2.0-x", ""]);
    await expect(greetingThrough(options)).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(/^nothing listens at \S+ any more$/),
    });
  },
);

it("gives up a server that takes the connection and says nothing, and none that has said something", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const cluster = await claimingCluster([address], answersAt(address, claimingCards[0]));
  const far: Duplex[] = [];
  const silentDuplex = () => new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const connect = async () => far[far.push(silentDuplex()) - 1];
  const use = <T>(_how: unknown, work: (transport: unknown) => Promise<T>) => work({ connect });
  Object.assign(cluster.nodes[0] ?? {}, { use });
  const routed = withSshRoute(cluster, "web1", { connector: ["connect"] }, async ({ options }) => {
    const heard = [greetingThrough(options), greetingThrough(options)];
    await vi.waitFor(() => expect(far).toHaveLength(2));
    far[1]?.push("SSH-2.0-x");
    await vi.waitFor(() => expect(far[1]?.readableDidRead).toBe(true));
    vi.advanceTimersByTime(60_000);
    expect(await heard[0]).toBe("");
    expect(far[1]?.destroyed).toBe(false);
    far[1]?.push("bye");
    far[1]?.push(null);
    expect(await heard[1]).toBe("SSH-2.0-xbye");
    return 255;
  });
  const silent =
    /^the ssh server of web1 is silent: .*192\.0\.2\.5 port 22 took the connection, and has said nothing for 60 s$/;
  await expect(routed).rejects.toMatchObject({ message: expect.stringMatching(silent), exitCode: 1 });
  const proxied = proxyToGuest(cluster, "web1", new PassThrough());
  const refusal = expect(proxied).rejects.toMatchObject({ message: expect.stringMatching(silent), exitCode: 1 });
  await vi.waitFor(() => expect(far).toHaveLength(3));
  await new Promise((resolve) => setImmediate(resolve));
  vi.advanceTimersByTime(60_000);
  await refusal;
});

it("says nothing to another machine that takes the connection, where nobody took one when its address was looked at", async () => {
  const owners = { ...answersAt(address, claimingCards[0]) };
  const cluster = await claimingCluster([address], owners);
  const far = new PassThrough();
  const connect = async () => {
    owners[address] = `open\n${address} lladdr 52:54:00:00:00:99 REACHABLE\n`;
    return far;
  };
  const use = <T>(_how: unknown, work: (transport: unknown) => Promise<T>) => work({ connect });
  Object.assign(cluster.nodes[0] ?? {}, { use });
  const near = new PassThrough();
  near.write("SSH-2.0-us");
  await expect(proxyToGuest(cluster, "web1", near)).rejects.toMatchObject({
    message: `ham0 could not connect to web1: refused: the agent of web1 says that it is at ${address}, and that is 52:54:00:00:00:99`,
  });
  expect(far.destroyed).toBe(true);
  expect(near.readableLength).toBe("SSH-2.0-us".length);
});

it("lets a connection go where its node is lost before it says whose it is, and says of the node that it is", async () => {
  let asked = 0;
  const own = answersAt(address, claimingCards[0])[address] ?? "";
  const owners = {
    get [address]() {
      if (asked++ > 0) throw new NodeError(lostNode);
      return own;
    },
  };
  const cluster = await claimingCluster([address], owners);
  const far = new PassThrough();
  const use = <T>(_how: unknown, work: (transport: unknown) => Promise<T>) => work({ connect: async () => far });
  Object.assign(cluster.nodes[0] ?? {}, { use });
  await expect(proxyToGuest(cluster, "web1", new PassThrough())).rejects.toMatchObject({
    message: expect.stringMatching(/^ham0 failed: lost: /),
    exitCode: 5,
  });
  expect([asked, far.destroyed]).toEqual([2, true]);
});

it("says which directory keeps guests' host keys from being remembered", async () => {
  const cluster = await fakeCluster({ ham0: () => [] });
  const { state } = cluster.directories;
  mkdirSync(dirname(state), { recursive: true });
  writeFileSync(state, "no directory");
  const hint = `ls -ld ${state}`;
  const expected = expect.objectContaining({
    hint,
    message: expect.stringMatching(/^guests' host keys cannot be kept: ./),
  });
  expect(() => guestKeys(cluster)).toThrow(expected);
});

it.each([[null], ["/etc/mclu.conf"]])(
  "has ssh call mclu with its configuration, where it has one: %j",
  async (source) => {
    const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid: testUuid(1) }] });
    Object.assign(cluster, { config: { ...cluster.config, source } });
    const { hosts } = await sshConfig(cluster, { login: "root", self: ["mclu"], cwd: "/", env: {} });
    const proxy = hosts[0]?.settings.find(([key]) => key === "ProxyCommand")?.[1] ?? "";
    expect(proxy.includes("-f /etc/mclu.conf")).toBe(source !== null);
    expect(proxy).toContain(`ssh-proxy ham0/${testUuid(1)}`);
  },
);
