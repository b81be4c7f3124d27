import { createSocket } from "node:dgram";
import { networkInterfaces } from "node:os";

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
  const own = Object.values(networkInterfaces()).flatMap((addresses = []) =>
    addresses.flatMap(({ family, internal, address, netmask }) =>
      family === "IPv4" && !internal ? [broadcastOf(address, netmask)] : [],
    ),
  );
  return [...new Set(["255.255.255.255", ...own])];
}

/** The last address of a network: all host bits set. */
export function broadcastOf(address: string, netmask: string): string {
  const mask = netmask.split(".").map(Number);
  return address
    .split(".")
    .map((part, index) => (Number(part) | (~(mask[index] ?? 255) & 255)).toString())
    .join(".");
}
