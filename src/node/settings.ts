import type { Network } from "../values.ts";

/** The ssh command that gets a user where mclu goes, for hints; nothing where this machine is the node. */
export function loginCommand(node: Pick<NodeSettings, "host" | "user" | "port" | "transport">, option = ""): string {
  if (node.transport === "local") return "";
  const port = node.port === undefined || node.port === 22 ? "" : `-p ${node.port} `;
  return `ssh ${option && `${option} `}${port}${node.user === undefined ? "" : `${node.user}@`}${node.host} `;
}

/** How to reach one node and what to do there: what mclu.conf says of it, defaults filled in. */
export interface NodeSettings {
  /** The node's name in the cluster, as the configuration has it. */
  readonly name: string;
  /** What ssh is asked for: a DNS name, an address or an alias of ~/.ssh/config. */
  readonly host: string;
  readonly user?: string;
  readonly port?: number;
  /** Path of a private key, absolute; `ssh -i`. */
  readonly identity?: string;
  /** libvirt's URI on the node. */
  readonly uri: string;
  /** `auto` is ssh2, or the system's ssh where ssh2 cannot serve. */
  readonly transport: "auto" | "ssh" | "openssh" | "local";
  readonly become: "none" | "sudo";
  /** Storage pool for new disks. */
  readonly pool: string;
  readonly network: Network;
  readonly groups: readonly string[];
  /** Placement multiplies free memory by this; 0 takes nothing. */
  readonly weight: number;
  /** Lower case, colons; for wake-on-LAN. */
  readonly mac?: string;
  /** Bytes of memory that guests never get. */
  readonly hostReserve: number;
  /** Seconds; absent: 1.2 for reads without an explicit target, 3 otherwise and behind a jump host. */
  readonly connectTimeout?: number;
  /** Seconds. */
  readonly readTimeout: number;
  /** Seconds. */
  readonly changeTimeout: number;
  /** Path of a public key injected into built guests, absolute. */
  readonly sshKey?: string;
}
