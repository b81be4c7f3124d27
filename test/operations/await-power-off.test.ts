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
