import { once } from "node:events";
import { createConnection } from "node:net";
import type { Duplex } from "node:stream";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { NodeError, reasonOf } from "../node/failure.ts";
import { quote } from "../node/shell.ts";
import { passBothWays } from "../node/tunnel.ts";
import { askOne } from "./ask-one.ts";
import { findReachable } from "./guest-address.ts";
import { guestPlace } from "./guest-place.ts";
import { connectToServer, explainServer } from "./guest-server.ts";
import { doubtOf, guestKeys, isKeyKnown } from "./guest-ssh.ts";

/**
 * Connects a stream with a guest's ssh server, until one of them ends. Throws UserError as `findReachable` does, where the
 * connection to its node was lost, and (exit 6) where nobody can tell whose its address is and no host key of it is known:
 * who calls ssh so is not asked about one.
 */
export async function proxyToGuest(
  cluster: Cluster,
  selector: string,
  near: Duplex,
  { port = 22, signal }: { readonly port?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const reachable = await findReachable(cluster, selector, { port, signal });
  const { guest, isCertain } = reachable;
  if (!isCertain && !(await isKeyKnown(guestKeys(cluster), guest.uuid)))
    throw new UserError(`${doubtOf(reachable)}; no host key of it is known`, {
      hint: `mclu ssh ${guestPlace(guest)}, which shows its host key and asks`,
      exitCode: exitCodes.refused,
    });
  const session = async () => {
    try {
      await passBothWays(near, await connectToServer(reachable, port, signal));
    } catch (error) {
      // what is the guest's is not said of its node
      const isGuests = error instanceof NodeError && (reasonOf(error) === "refused" || reasonOf(error) === "slow");
      throw isGuests ? explainServer(error, guest) : error;
    }
  };
  await askOne(cluster, guest.node, session, signal);
}

/**
 * The guests that a way leads through by now, this one too. Throws UserError where it does already: its node is reached
 * through a host for which the user's ssh asks this guest, and one process would start the next without end.
 * @param begun what this gave to the process that started this one
 */
export function waysThrough(target: string, begun = ""): string {
  const before = begun.split(" ");
  if (before.includes(target))
    throw new UserError(`the way to ${target} leads through ${target}`, {
      hint: `a guest is called as a jump host is: mclu ssh-config again, or see ssh -G ${quote(target.split("/")[0] ?? "")}`,
      exitCode: exitCodes.refused,
    });
  return [...before, target].join(" ").trim();
}

/** Connects a stream with the socket of a mclu that runs, until one of them ends. Rejects with UserError where it is gone. */
export async function proxyToSocket(path: string, near: Duplex): Promise<void> {
  const far = createConnection({ path, allowHalfOpen: true });
  await once(far, "connect").catch((error: unknown) => {
    throw new UserError(`nothing listens at ${path} any more`, {
      hint: "mclu ssh GUEST, or mclu cp, again: this way ends with the mclu that made it",
      cause: error,
    });
  });
  await passBothWays(near, far);
}
