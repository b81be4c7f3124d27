import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";
import { env, geteuid } from "node:process";
import type { TunnelClients } from "./tunnel-clients.ts";

/** Linux's tables of TCP sockets, with the user of each (proc_net_tcp.txt of its documentation). */
const tables = ["/proc/net/tcp", "/proc/net/tcp6"];

/**
 * The same clients, of this user alone: every user of this machine can connect to a port of 127.0.0.1. As root under sudo
 * also who called it, whose viewer it may be. Where the system does not say whose a connection is, everybody's.
 */
export function ownClients(clients: TunnelClients, users = ownUsers()): TunnelClients {
  return {
    ...clients,
    async admit(socket) {
      const user = await peerUser(socket);
      if (user !== undefined && !users.includes(user)) return "refused";
      return clients.admit(socket);
    },
  };
}

function ownUsers(): number[] {
  const own = geteuid?.() ?? -1;
  const caller = Number(env.SUDO_UID);
  return own === 0 && Number.isInteger(caller) ? [own, caller] : [own];
}

/**
 * The uid behind the other end of a connection from this machine, by IPv4; -1: that end is nobody's, as when it has closed it
 * already. undefined: the system has no such tables.
 */
async function peerUser({ remoteAddress = "", remotePort, localPort }: Socket): Promise<number | undefined> {
  const texts = await Promise.all(tables.map((path) => readFile(path, "latin1").catch(() => undefined)));
  if (texts.every((text) => text === undefined)) return undefined;
  const bytes = remoteAddress.split(".").map((part) => hex(Number(part), 2));
  // as a number of the machine's own byte order; a client's socket may be one of IPv6
  const addresses = [bytes.join(""), bytes.reverse().join("")];
  for (const line of texts.flatMap((text) => text?.split("\n") ?? [])) {
    const [, local = "", remote = "", , , , , uid = "", , inode = ""] = line.trim().split(/\s+/);
    const [address = "", port] = local.split(":");
    if (port !== hex(remotePort, 4) || remote.split(":")[1] !== hex(localPort, 4)) continue;
    if (!addresses.includes(address.slice(-8))) continue;
    // what was closed is root's by this table
    return inode === "0" ? -1 : Number(uid);
  }
  return -1;
}

function hex(value = 0, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, "0");
}
