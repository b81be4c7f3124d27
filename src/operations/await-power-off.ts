import type { Action, ChangeAnswer, CurrentState } from "../libvirt/change.ts";
import { NodeError, UnheardChange } from "../node/failure.ts";
import type { PowerOffWait } from "./plan.ts";
import { leastPatience, type StateWatch } from "./state-watch.ts";

/** How waiting for a guest to switch itself off ended. `state` undefined: its node no longer said. */
export type PowerOff =
  | { readonly kind: "off"; readonly forced: boolean }
  | { readonly kind: "deadline"; readonly state: CurrentState | undefined }
  /** It could not be powered off either. */
  | { readonly kind: "stuck"; readonly answer: ChangeAnswer };

export interface PowerOffSteps {
  readonly watch: StateWatch;
  /** Does something to the guest, within so many seconds where they are given; rejects as a change does. */
  readonly act: (actions: readonly Action[], seconds?: number) => Promise<ChangeAnswer>;
}

/** Waits for a guest that was asked to switch itself off; asks again at half time, ends it at last where that is planned. */
export async function awaitPowerOff(
  uuid: string,
  wait: PowerOffWait,
  { watch, act }: PowerOffSteps,
): Promise<PowerOff> {
  const started = performance.now();
  const passed = () => (performance.now() - started) / 1000;
  const left = () => wait.seconds - passed();
  let askedAgain = false;
  for (;;) {
    // what is to be powered off then has to be seen, however slow its node is
    const state = await watch.look(uuid, wait.force.length === 0 ? left() : undefined);
    if (isOff(state)) return { kind: "off", forced: false };
    if (passed() >= wait.seconds) {
      if (wait.force.length === 0 || state === undefined) return { kind: "deadline", state };
      const answer = await act(wait.force);
      if (answer.kind === "done") return { kind: "off", forced: true };
      // it may have gone off in the very last moment
      return isOff(await watch.look(uuid)) ? { kind: "off", forced: false } : { kind: "stuck", answer };
    }
    if (!askedAgain && passed() >= wait.seconds / 2) {
      askedAgain = true;
      // whatever comes of it: it may be off by now, some hypervisors know one way only, and a node may be away for a moment
      await act(wait.again, Math.max(left(), leastPatience)).catch((error: unknown) => {
        if (!(error instanceof NodeError || error instanceof UnheardChange)) throw error;
      });
    }
  }
}

/** A guest that is defined nowhere but in its process is gone when that ends. */
export function isOff(state: CurrentState | undefined): boolean {
  return state === "shut off" || state === "gone";
}
