import { expect, it, vi } from "vitest";
import type { CurrentState } from "../../src/libvirt/change.ts";
import { connectionLost, UnheardChange } from "../../src/node/failure.ts";
import { awaitPowerOff } from "../../src/operations/await-power-off.ts";

const again = [{ virsh: ["shutdown"] }];
const force = [{ virsh: ["destroy"] }];
const runs: CurrentState = "running";
const watch = { look: () => new Promise<CurrentState>((resolve) => setTimeout(resolve, 20, runs)) };

it.each([
  ["the connection was lost", connectionLost()],
  ["its end was not heard", new UnheardChange(connectionLost().silence)],
])("goes on waiting, and powers off at last, where the second request fails: %s", async (_why, error) => {
  const act = vi.fn((actions: readonly object[]) =>
    actions === again ? Promise.reject(error) : Promise.resolve({ kind: "done" } as never),
  );
  const end = await awaitPowerOff("id", { seconds: 0.3, again, force } as never, { watch, act });
  expect(end).toEqual({ kind: "off", forced: true });
  expect(act.mock.calls.map(([actions]) => actions)).toEqual([again, force]);
});

it("hides no bug in it", async () => {
  const act = () => Promise.reject(new TypeError("bug"));
  await expect(awaitPowerOff("id", { seconds: 0.1, again, force } as never, { watch, act })).rejects.toThrow("bug");
});

it("gives a look and the second request no longer than there is left, but for two seconds", async () => {
  for (const [seconds, least, most] of [
    [8, 3.5, 4],
    [0.2, 2, 2],
  ] as const) {
    vi.useFakeTimers({ toFake: ["performance"] });
    const act = vi.fn(async (_actions: unknown, within?: number) => ({ kind: "done", within }) as never);
    const look = vi.fn(async (_uuid: string, _left?: number): Promise<CurrentState> => {
      vi.advanceTimersByTime(seconds * 500);
      return act.mock.calls.length > 0 ? "shut off" : "running";
    });
    await awaitPowerOff("id", { seconds, again, force: [] } as never, { watch: { look }, act });
    vi.useRealTimers();
    expect(look.mock.calls.map(([, left]) => left)).toEqual([seconds, seconds / 2]);
    expect(act.mock.calls.map(([actions]) => actions)).toEqual([again]);
    expect(act.mock.calls[0]?.[1]).toBeGreaterThanOrEqual(least);
    expect(act.mock.calls[0]?.[1]).toBeLessThanOrEqual(most);
  }
});

it("has a slow node say of a guest that is to be powered off at last whether it runs, before it gives up", async () => {
  const looks: (number | undefined)[] = [];
  const look = async (_uuid: string, left?: number): Promise<CurrentState | undefined> => {
    looks.push(left);
    await new Promise((resolve) => setTimeout(resolve, 150));
    return left === undefined ? "running" : undefined;
  };
  const act = vi.fn(async () => ({ kind: "done" }) as never);
  const end = await awaitPowerOff("id", { seconds: 0.2, again, force } as never, { watch: { look }, act });
  expect(end).toEqual({ kind: "off", forced: true });
  expect(new Set(looks)).toEqual(new Set([undefined]));
});
