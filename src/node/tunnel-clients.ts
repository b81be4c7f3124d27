import type { Socket } from "node:net";

/** What a connection is let in as: `client`: the one that all the others belong to. */
export type Admission = "client" | "channel" | "refused";

/** Who may come through a tunnel. */
export interface TunnelClients {
  /** Whether a connection is let in, once that is known; what was read of it for that is given back to it. */
  admit(socket: Socket): Admission | Promise<Admission>;
  /** Whether more may come after the first. */
  readonly several: boolean;
  /** Whether a `client` that ended had come to anything; else there may be another one. */
  isServed(): boolean;
}

/** One connection, whoever makes it. */
export function oneClient(): TunnelClients {
  let taken = false;
  // others may wait in the kernel's queue already
  const admit = () => {
    const admission = taken ? "refused" : "client";
    taken = true;
    return admission;
  };
  return { admit, several: false, isServed: () => true };
}

/** Any number of connections, whoever makes them: for a socket that nobody else can reach, until the tunnel is closed. */
export function anyClients(): TunnelClients {
  return { admit: () => "client", several: true, isServed: () => true };
}

/** Bytes of a SPICE client's first message up to the end of the session's number: magic, two versions, size, number. */
const linkHead = 20;

/** Connections that may be silent at once, and that a session may have: a viewer makes some ten, and each speaks at once. */
const mostSilent = 16;
const mostChannels = 64;

/** Seconds: for a connection's first message, and for a session's second connection, which needs no human being. */
const usualPatience = { head: 10, session: 60 };

/**
 * One SPICE client, which makes a connection for each of screen, keys, sound and so on: the first one begins a session,
 * with 0 for its number, and the others must name the number that the server gave to the first. That is what keeps others
 * on this machine out. Nobody keeps the place by saying nothing: a first one that ends, or is followed by none, gives it
 * back, as after a wrong password, where the viewer begins anew.
 */
export function spiceClient(patience = usualPatience): TunnelClients {
  const silent: Socket[] = [];
  let first: Socket | undefined;
  let served = false;
  let open = 0;
  const begin = (socket: Socket): Admission => {
    if (first || socket.destroyed) return "refused";
    first = socket;
    const timer = setTimeout(() => served || socket.destroy(), patience.session * 1000);
    socket.once("close", () => {
      clearTimeout(timer);
      if (!served) first = undefined;
    });
    return "client";
  };
  const join = (socket: Socket): Admission => {
    if (!first || open >= mostChannels || socket.destroyed) return "refused";
    served = true;
    open++;
    socket.once("close", () => open--);
    return "channel";
  };
  return {
    several: true,
    isServed: () => served,
    async admit(socket) {
      // what is newest is what a viewer may be behind
      if (silent.push(socket) > mostSilent) silent.shift()?.destroy();
      const head = await readHead(socket, patience.head);
      if (silent.includes(socket)) silent.splice(silent.indexOf(socket), 1);
      if (head === undefined || head.toString("latin1", 0, 4) !== "REDQ") return "refused";
      return head.readUInt32LE(linkHead - 4) === 0 ? begin(socket) : join(socket);
    },
  };
}

/** The first bytes of a connection, which are given back to it; undefined where it ends before, or says less for too long. */
function readHead(socket: Socket, seconds: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const settle = (head?: Buffer) => {
      clearTimeout(timer);
      socket.off("readable", look);
      resolve(head);
    };
    const timer = setTimeout(settle, seconds * 1000);
    const look = () => {
      const head: Buffer | null = socket.read(linkHead);
      if (head === null) return;
      socket.unshift(head);
      settle(head.length === linkHead ? head : undefined);
    };
    socket.on("readable", look);
    for (const event of ["end", "close"]) socket.once(event, () => settle());
  });
}
