import type { Duplex } from "node:stream";
import { exitCodes, UserError } from "../errors.ts";
import { failed, type NodeError, reasonOf } from "../node/failure.ts";
import { connectFrom } from "../node/node-connection.ts";
import { whenOver } from "../node/when-over.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { ReachableGuest } from "./guest-address.ts";
import { guestPlace } from "./guest-place.ts";

/**
 * Seconds for a guest's ssh server to say its first word. Without a ConnectTimeout, ssh waits for it without end; a server
 * that is stopped, or whose guest is, takes connections all the same: its kernel does.
 */
const patience = 60;

/**
 * A connection to a guest's ssh server, made by its node. It errs with NodeError: `slow` where the server has said nothing
 * for a minute, `lost` where the connection to the node goes. Rejects as `connectFrom` does, and with NodeError, `refused`,
 * where it is another machine that has taken it.
 */
export async function connectToServer(
  { guest, address, recheck }: ReachableGuest,
  port: number,
  signal?: AbortSignal,
): Promise<Duplex> {
  const far = await connectFrom(guest.node, { host: address, port }, signal);
  const lie = await recheck?.().catch((error: unknown) => {
    far.destroy();
    throw error;
  });
  if (lie) {
    far.destroy();
    throw failed("refused", lie, `mclu ip ${guestPlace(guest)}`);
  }
  const stop = whenOver(patience, () => far.readableDidRead || far.destroy(saysNothing()), { holds: false });
  return far.once("close", stop);

  function saysNothing(): NodeError {
    const detail = `${address} port ${port} took the connection, and has said nothing for ${patience} s`;
    return failed("slow", detail, `mclu console ${guestPlace(guest)}`);
  }
}

/** Why a connection to a guest's ssh server came to nothing. */
export function explainServer(problem: NodeError, guest: FoundGuest): UserError {
  const { node, name } = guest;
  const reason = reasonOf(problem);
  if (reason === "lost")
    return new UserError(`the connection to ${name} is gone: ${node.name} failed: ${problem.message}`, {
      hint: `mclu status ${node.name}`,
      exitCode: exitCodes.unreachable,
    });
  const what = reason === "slow" ? `the ssh server of ${name} is silent` : `${node.name} could not connect to ${name}`;
  return new UserError(`${what}: ${problem.message}`, {
    hint: `mclu wait ${guestPlace(guest)} --for ssh, or mclu console ${guestPlace(guest)}`,
  });
}
