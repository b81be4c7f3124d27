import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { connectNode } from "../../../src/node/connect.ts";
import { NodeError, type NodeSilence } from "../../../src/node/failure.ts";
import { Node } from "../../../src/node/node.ts";
import { startAgent } from "../../support/fake-agent.ts";
import { type FakeSshdOptions, makeKey, startSshd } from "../../support/fake-sshd.ts";
import { type Mischief, message, startRecorder } from "../../support/ssh-recorder.ts";
import { adminKey, nodeSettings, sshWorld } from "../../support/ssh-world.ts";

const relay = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s).pipe(process.stdout)"`;

interface Setting {
  readonly transport: "ssh" | "openssh";
  readonly way: "direct" | "jump" | "proxy";
  /** What known_hosts has of the host. */
  readonly known: "its key" | "nothing" | "another key" | "its key, revoked";
  readonly mischief?: Mischief;
  readonly hasty?: FakeSshdOptions["hasty"];
  /** Where the key to log in with is. Default: an agent. */
  readonly key?: "file";
}

/** Connects to a host and shows what that host has heard, and what the agent was asked for. */
async function connectTo({ transport, way, known, mischief, hasty, key }: Setting) {
  const sshd = await startSshd({ authorized: [adminKey.public], ...(hasty && { hasty }) });
  const jump = await startSshd({ authorized: [adminKey.public] });
  const heard = await startRecorder(sshd.port, mischief);
  const agent = await startAgent(adminKey.public);
  const ways = { direct: [], jump: ["ProxyJump gate"], proxy: [`ProxyCommand ${relay}`] };
  const lines = {
    "its key": sshd.hostKey,
    nothing: undefined,
    "another key": makeKey().public,
    "its key, revoked": sshd.hostKey,
  };
  const line = lines[known];
  const keys = key === "file" ? ["IdentityAgent none"] : [`IdentityAgent ${agent.socketPath}`];
  const config = [...keys, ...ways[way]];
  const world = sshWorld({
    gate: { port: jump.port, known: jump.hostKey },
    ham0: { port: heard.port, config, ...(line !== undefined && { known: line }) },
  });
  if (known === "its key, revoked") writeFileSync(world.knownHosts, `@revoked * ${sshd.hostKey}\n`, { flag: "a" });
  const before = readFileSync(world.knownHosts, "utf8");
  const session = world.session();
  const node = new Node({ ...nodeSettings("ham0"), transport }, (settings, how) => connectNode(session, settings, how));
  const silence = await node.transport({ patient: true }).then(
    () => undefined,
    (error: unknown) => (error instanceof NodeError ? error.silence : Promise.reject(error)),
  );
  await node.close();
  expect(readFileSync(world.knownHosts, "utf8")).toBe(before);
  return { silence: silence as NodeSilence | undefined, heard, agent, sshd };
}

/** Key exchange: the client's half of it, and its leave. */
const harmless = [1, message.keyExchangeInit, 30];

describe.each(["ssh", "openssh"] as const)("over %s, a host whose key is not verified", (transport) => {
  it.each([
    ["nothing", "direct", "host-key-unknown"],
    ["another key", "direct", "host-key-changed"],
    ["its key, revoked", "direct", "host-key-changed"],
    ["nothing", "jump", "host-key-unknown"],
    ["another key", "jump", "host-key-changed"],
    ["another key", "proxy", "host-key-changed"],
  ] as const)("hears of nobody: known_hosts has %s, %s", async (known, way, reason) => {
    const { silence, heard, agent, sshd } = await connectTo({ transport, way, known });
    expect(silence).toMatchObject({ state: "failed", reason });
    expect(heard.plain).toContain(30);
    expect(heard.plain.filter((kind) => !harmless.includes(kind))).toEqual([]);
    expect([heard.encrypted, agent.signatures(), sshd.seen.logins]).toEqual([0, 0, []]);
  });
});

describe("a server that breaks the order of messages", () => {
  const mischiefs: readonly Mischief[] = [
    ...(["success first", "success in the key exchange", "new keys in the key exchange"] as const),
    ...([
      "success before new keys",
      "service and success before new keys",
      "new keys twice",
      "new keys never",
    ] as const),
  ];

  it.each(mischiefs)("is sent nothing while its key is unknown: %s", async (mischief) => {
    const { silence, heard, agent } = await connectTo({ transport: "ssh", way: "direct", known: "nothing", mischief });
    expect(silence).toMatchObject({ state: "failed" });
    expect(heard.plain.filter((kind) => !harmless.includes(kind))).toEqual([]);
    expect([heard.encrypted, agent.signatures()]).toEqual([0, 0]);
  });

  it.each(mischiefs)("lets nobody in without a login, its key being known: %s", async (mischief) => {
    const { silence, agent } = await connectTo({ transport: "ssh", way: "direct", known: "its key", mischief });
    expect(silence).toMatchObject({ state: "failed" });
    expect(agent.signatures()).toBe(0);
  });

  it.each([
    ["service", "file", "nothing"],
    ["service", undefined, "nothing"],
    ["login", "file", "nothing"],
    ["login", undefined, "another key"],
    ["service", "file", "its key, revoked"],
  ] as const)(
    "is told of no login that it accepts before its key is verified: %s, %s, %s",
    async (hasty, key, known) => {
      const how = { transport: "ssh", way: "direct", known, hasty, ...(key && { key }) } as const;
      const { silence, heard, agent } = await connectTo(how);
      expect(silence).toMatchObject({ state: "failed" });
      expect(heard.plain.filter((kind) => !harmless.includes(kind))).toEqual([]);
      expect([heard.encrypted, agent.signatures()]).toEqual([0, 0]);
    },
  );

  it("is what the others are compared with: one that keeps it asks for a signature", async () => {
    const { silence, heard, agent } = await connectTo({ transport: "ssh", way: "direct", known: "its key" });
    // this agent signs nothing
    expect(silence).toMatchObject({ reason: "auth" });
    expect(heard.plain).toContain(message.newKeys);
    expect(heard.encrypted).toBeGreaterThan(0);
    expect(agent.signatures()).toBe(1);
  });
});
