import type { Cluster } from "../cluster/cluster.ts";
import { type ChosenGuests, chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { nextDefinitions } from "./next-definitions.ts";
import { refuseBase, refuseUntold } from "./overlays.ts";
import { findPipes, refusePipe } from "./pipes.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";
import { refuseTwice, runningElsewhere } from "./running-elsewhere.ts";
import { findSpoilt } from "./spoilt.ts";

export interface StartOptions {
  /**
   * Also a guest that was running on a node that does not answer now, and one that was made a base where nobody can tell
   * whether others are based on its disks still.
   */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `start` will do. Throws UserError as `chooseGuests` does. */
export async function planStart(cluster: Cluster, choice: GuestChoice, options: StartOptions = {}): Promise<Plan> {
  const found: ChosenGuests = await chooseGuests(cluster, choice, options);
  const elsewhere = await runningElsewhere(cluster, found.guests, found.nodes, options.signal);
  const wanted = found.guests.filter((guest) => decideStart(guest).verdict === "change");
  const definitions = nextDefinitions(options.signal);
  const [spoiltBy, pipeOf] = await Promise.all([
    findSpoilt(cluster, wanted, definitions, options.signal),
    findPipes(cluster, wanted, definitions, options.signal),
  ]);
  return makePlan({ verb: "start", asks: false }, found, (guest) => {
    const decision = decideStart(guest);
    if (decision.verdict !== "change") return decision;
    const { overlays, held, untold } = spoiltBy(guest);
    if (held.length > 0) return refuseBase(guest.node, held);
    if (untold !== null && !options.force) return refuseUntold(untold, `mclu start --force ${guestPlace(guest)}`);
    const pipe = pipeOf(guest);
    if (pipe !== undefined) return refusePipe(guest, pipe);
    const other = elsewhere(guest);
    if (other && !options.force) return refuseTwice(other, `mclu start --force ${guestPlace(guest)}`);
    return overlays.length === 0 ? decision : { ...decision, ...spoils(overlays) };
  });
}

/** What a snapshot or a backup has left behind keeps no guest from starting. */
function spoils(overlays: readonly string[]): { readonly notes: readonly string[]; readonly after: string } {
  const sentence = `no guest has ${overlays.join(", ")}, based on its disks: what it writes makes that useless`;
  return { notes: [sentence], after: sentence };
}

function decideStart(guest: FoundGuest): Decision {
  const { uuid, state } = guest;
  switch (state) {
    case "running":
    case "idle":
    case "no state":
      return { verdict: "already", why: "already running" };
    case "paused":
      return refusal("it is paused, not off", `mclu resume ${guestPlace(guest)}`);
    case "pmsuspended":
      return refusal("it sleeps, and is not off", `mclu resume ${guestPlace(guest)}`);
    case "in shutdown":
      return refusal("it is shutting down", `mclu wait ${guestPlace(guest)} --for 'shut off'`);
    case "crashed":
      return refusal(
        "it has crashed, and is kept as it was then",
        `mclu destroy ${guestPlace(guest)}, and start it then`,
      );
    default:
      return change({ will: "start", done: "started" }, [{ virsh: ["start", uuid] }], ["running", "idle"]);
  }
}
