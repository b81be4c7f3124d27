import type { Socket } from "node:net";

/** Who may come through a tunnel. */
export interface TunnelClients {
  /** Whether a connection is let in, once that is known; what was read of it for that is given back to it. */
  admit(socket: Socket): boolean | Promise<boolean>;
  /** Whether more may come after the first. */
  readonly several: boolean;
}

/** One connection, whoever makes it. */
export function oneClient(): TunnelClients {
  let taken = false;
  // others may wait in the kernel's queue already
  const admit = () => {
    const isFirst = !taken;
    taken = true;
    return isFirst;
  };
  return { admit, several: false };
}

/** Bytes of a SPICE client's first message up to the end of the session's number: magic, two versions, size, number. */
const linkHead = 20;

/**
 * One SPICE client, which makes a connection for each of screen, keys, sound and so on: the first one begins a session,
 * with 0 for its number, and the others must name the number that the server gave to the first. That is what keeps others
 * on this machine out.
 */
export function spiceClient(): TunnelClients {
  let begun = false;
  return {
    several: true,
    async admit(socket) {
      const head = await readHead(socket);
      if (head === undefined || head.toString("latin1", 0, 4) !== "REDQ") return false;
      const isNew = head.readUInt32LE(linkHead - 4) === 0;
      if (isNew && begun) return false;
      begun ||= isNew;
      return begun;
    },
  };
}

/** The first bytes of a connection, which are given back to it; undefined where it ends before. */
function readHead(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const look = () => {
      const head: Buffer | null = socket.read(linkHead);
      if (head === null) return;
      socket.off("readable", look);
      socket.unshift(head);
      resolve(head.length === linkHead ? head : undefined);
    };
    socket.on("readable", look);
    for (const event of ["end", "close"]) socket.once(event, () => resolve(undefined));
  });
}
