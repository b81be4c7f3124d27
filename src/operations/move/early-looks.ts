import type { Cluster } from "../../cluster/cluster.ts";
import { createSlots } from "../../node/slots.ts";
import type { FoundGuest } from "../find-guest.ts";
import { type HowToPrepare, type PreparedMove, prepareOne } from "./prepare-move.ts";
import type { RoomNeed } from "./target-room.ts";

/** Guests that are looked at ahead of their turn: their questions are put side by side, and a node is not flooded. */
const ahead = 8;

/** A guest and the node that it is likely to go to. */
export interface LikelyMove {
  readonly guest: FoundGuest;
  readonly node: string;
}

export interface EarlyLooks {
  /**
   * The move of a guest to a node: as it was looked at early, or, where another node was likely then, as it is now.
   * @param promised what the guests before it bring to that node
   */
  prepare(guest: FoundGuest, node: string, promised: readonly RoomNeed[]): Promise<PreparedMove>;
  /** A guest whose turn is over; what was looked at in vain is dropped. */
  over(guest: FoundGuest): void;
  /** Ends when nothing is asked any more. */
  end(): Promise<void>;
}

/**
 * Looks at many moves at once, which are decided one after another: only the room that is left on a node depends on those
 * before, and it is judged last.
 */
export function lookEarly(
  cluster: Cluster,
  likely: readonly LikelyMove[],
  how: Omit<HowToPrepare, "promised">,
): EarlyLooks {
  const slots = createSlots(ahead);
  const looks = new Map(
    likely.map(({ guest, node }) => {
      let tell: (promised: readonly RoomNeed[]) => void = () => undefined;
      const promised = new Promise<readonly RoomNeed[]>((resolve) => {
        tell = resolve;
      });
      const move = slots.use(() => prepareOne(cluster, guest, node, { ...how, promised }), how.signal);
      // heard where its turn comes
      move.catch(() => undefined);
      return [guest, { node, tell, move }];
    }),
  );
  const over = (guest: FoundGuest) => looks.get(guest)?.tell([]);
  return {
    async prepare(guest, node, promised) {
      const look = looks.get(guest);
      if (look?.node !== node) return prepareOne(cluster, guest, node, { ...how, promised: Promise.resolve(promised) });
      look.tell(promised);
      return look.move;
    },
    over,
    async end() {
      likely.forEach(({ guest }) => {
        over(guest);
      });
      await Promise.allSettled([...looks.values()].map(({ move }) => move));
    },
  };
}
