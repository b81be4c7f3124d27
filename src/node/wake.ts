import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";
import { broadcastOf, type Ipv4Interface } from "../ipv4.ts";

/** Wake-on-LAN: six bytes of ones, then the address sixteen times. */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(":", ""), "hex");
  if (address.length !== 6) throw new Error(`not a MAC address: ${mac}`);
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: 16 }, () => address)]);
}

/** `discard`, which nobody listens to. */
const port = 9;
/** One may be lost. */
const copies = 3;

/** Sends magic packets to the broadcast address of every network this machine is in. Rejects with the system's error where none went out. */
export async function sendMagicPacket(mac: string): Promise<void> {
  const packet = magicPacket(mac);
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, resolve);
    });
    socket.setBroadcast(true);
    const sends = broadcastAddresses().flatMap((address) =>
      Array.from({ length: copies }, () => sendTo(socket, packet, address)),
    );
    const results = await Promise.allSettled(sends);
    const failed = results.find((result) => result.status === "rejected");
    if (failed && results.every(({ status }) => status === "rejected")) throw failed.reason;
  } finally {
    socket.close();
  }
}

function sendTo(socket: ReturnType<typeof createSocket>, packet: Buffer, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(packet, port, address, (error) => (error ? reject(error) : resolve()));
  });
}

/** The limited one goes out by the default route alone, so that each network is addressed by its own as well. */
function broadcastAddresses(): readonly string[] {
  return [...new Set(["255.255.255.255", ...ownNetworks().map(broadcastOf)])];
}

/** The IPv4 networks that this machine is in. */
export function ownNetworks(): readonly Ipv4Interface[] {
  return Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ family, internal, address, cidr }) =>
      family === "IPv4" && !internal && cidr !== null ? [{ address, prefix: Number(cidr.split("/")[1]) }] : [],
    ),
  );
}
