import { describe, expect, it, vi } from "vitest";
import { makeKey, startSshd } from "../../support/fake-sshd.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { authorized, run, silenceOf } from "./asking.ts";

describe("a jump host", () => {
  it("is logged in to once for all nodes behind it", async () => {
    const [jump, a, b] = await Promise.all([
      startSshd({ authorized }),
      startSshd({ authorized }),
      startSshd({ authorized }),
    ]);
    const config = ["ProxyJump gate"];
    const world = sshWorld({
      gate: { port: jump.port, known: jump.hostKey },
      a: { port: a.port, known: a.hostKey, config },
      b: { port: b.port, known: b.hostKey, config },
    });
    const session = world.session();
    const answers = await Promise.all(["a", "b"].map((name) => run(world.node(name, session), `echo ${name}`)));
    expect(answers.map(({ stdout }) => stdout)).toEqual(["a\n", "b\n"]);
    expect(jump.seen).toMatchObject({ connections: 1, commands: [] });
    // lost, it is opened again
    jump.cut();
    await vi.waitFor(() => expect(jump.open()).toBe(0), { timeout: 10_000 });
    expect((await run(world.node("a", session), "echo again")).stdout).toBe("again\n");
    expect(jump.seen.connections).toBe(2);
  });

  it("whose key is unknown is what is to be trusted, and the node behind it hears nothing", async () => {
    const [jump, behind] = await Promise.all([startSshd({ authorized }), startSshd({ authorized })]);
    const world = sshWorld({
      gate: { port: jump.port },
      ham0: { port: behind.port, known: behind.hostKey, config: ["ProxyJump gate"] },
    });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({ reason: "host-key-unknown" });
    expect(jump.seen.logins).toEqual([]);
    expect(behind.seen.connections).toBe(0);
  });

  it("that is off, refuses a login or the way on, is the reason", async () => {
    const behind = await startSshd({ authorized });
    const [closed, strange, blocking] = await Promise.all([
      Promise.resolve({ port: 1, hostKey: behind.hostKey }),
      startSshd({ authorized: [] }),
      startSshd({ authorized, forward: false }),
    ]);
    for (const [jump, detail] of [
      [closed, /^jump host gate: refused/],
      [strange, /^jump host gate: auth/],
      [blocking, /^gate cannot reach 127\.0\.0\.1 port/],
    ] as const) {
      const world = sshWorld({
        gate: { port: jump.port, known: jump.hostKey },
        ham0: { port: behind.port, known: behind.hostKey, config: ["ProxyJump gate"] },
      });
      expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({
        reason: "jump",
        detail: expect.stringMatching(detail),
      });
    }
  });
});

describe("a node behind a jump host", () => {
  interface Jump {
    readonly port: number;
    readonly hostKey: string;
    readonly config?: readonly string[];
  }

  async function silenceBehind(jump: Jump, settings = {}) {
    const { config = ["ProxyJump gate"] } = jump;
    const behind = makeKey().public;
    const hosts = { gate: { port: jump.port, known: jump.hostKey }, ham0: { port: 9, known: behind, config } };
    return silenceOf(run(sshWorld(hosts).node("ham0", undefined, settings), "true"));
  }

  it("is off where the jump host had to wait for it in vain, and failed where it was refused at once", async () => {
    const [waiting, refused] = [
      await startSshd({ authorized, forward: 1200 }),
      await startSshd({ authorized, forward: false }),
    ];
    expect(await silenceBehind(waiting, { connectTimeout: 5 })).toMatchObject({
      state: "off",
      detail: expect.stringMatching(/^gate had no answer from 127\.0\.0\.1 port 9: /),
    });
    expect(await silenceBehind(refused)).toMatchObject({ reason: "jump", hint: "ssh gate nc -vz 127.0.0.1 9" });
    const known = { ...refused, config: [`ProxyJump me@gate:${refused.port}`] };
    expect(await silenceBehind(known)).toMatchObject({ hint: `ssh -p ${refused.port} me@gate nc -vz 127.0.0.1 9` });
  });
});
