/** An IPv4 address of a host, and how many bits of it are the network's. */
export interface Ipv4Interface {
  readonly address: string;
  readonly prefix: number;
}

/** The last address of a network: all host bits set. */
export function broadcastOf({ address, prefix }: Ipv4Interface): string {
  return fromNumber((toNumber(address) | hostBits(prefix)) >>> 0);
}

/** Whether an address is one of the network that an interface is in. */
export function isNeighbour(address: string, { address: own, prefix }: Ipv4Interface): boolean {
  return (toNumber(address) | hostBits(prefix)) >>> 0 === (toNumber(own) | hostBits(prefix)) >>> 0;
}

function hostBits(prefix: number): number {
  return prefix === 0 ? 0xffffffff : ~(0xffffffff << (32 - prefix));
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}

function fromNumber(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
}
