import type { NodeSettings } from "../node/settings.ts";
import { parseSize } from "../size.ts";
import { readChoice, readLibvirtName, readNetwork } from "../values.ts";
import { type Base, readGroups, readMac, readPath, readSeconds, readUri, readWeight } from "./config-values.ts";
import { readPort, readUser } from "./node-address.ts";

/** A setting as reports carry it: bytes and seconds are numbers; null: not set. */
export type SettingValue = string | number | readonly string[] | null;

interface NodeKey {
  /** What the text in mclu.conf sets. Throws UserError (exit 2). */
  readonly read: (text: string, base: Base) => Partial<NodeSettings>;
  readonly value: (node: NodeSettings) => SettingValue;
  readonly unit?: "bytes" | "seconds";
}

/** Every key of [mclu] and [node.NAME], in the order `config show` prints them. */
export const nodeKeys = {
  user: { read: (text) => ({ user: readUser(text) }), value: (node) => node.user ?? null },
  port: { read: (text) => ({ port: readPort(text) }), value: (node) => node.port ?? null },
  identity: { read: (text, base) => ({ identity: readPath(text, base) }), value: (node) => node.identity ?? null },
  uri: { read: (text) => ({ uri: readUri(text) }), value: (node) => node.uri },
  transport: {
    read: (text) => ({ transport: readChoice(text, ["auto", "ssh", "openssh", "local"]) }),
    value: (node) => node.transport,
  },
  become: { read: (text) => ({ become: readChoice(text, ["none", "sudo"]) }), value: (node) => node.become },
  pool: { read: (text) => ({ pool: readLibvirtName(text) }), value: (node) => node.pool },
  network: {
    read: (text) => ({ network: readNetwork(text) }),
    value: ({ network }) => (network.kind === "bridge" ? `bridge:${network.name}` : network.name),
  },
  groups: { read: (text) => ({ groups: readGroups(text) }), value: (node) => node.groups },
  weight: { read: (text) => ({ weight: readWeight(text) }), value: (node) => node.weight },
  mac: { read: (text) => ({ mac: readMac(text) }), value: (node) => node.mac ?? null },
  "host-reserve": {
    read: (text) => ({ hostReserve: parseSize(text) }),
    value: (node) => node.hostReserve,
    unit: "bytes",
  },
  "connect-timeout": {
    read: (text) => ({ connectTimeout: readSeconds(text) }),
    value: (node) => node.connectTimeout ?? null,
    unit: "seconds",
  },
  "read-timeout": {
    read: (text) => ({ readTimeout: readSeconds(text) }),
    value: (node) => node.readTimeout,
    unit: "seconds",
  },
  "change-timeout": {
    read: (text) => ({ changeTimeout: readSeconds(text) }),
    value: (node) => node.changeTimeout,
    unit: "seconds",
  },
  "ssh-key": { read: (text, base) => ({ sshKey: readPath(text, base) }), value: (node) => node.sshKey ?? null },
} as const satisfies Readonly<Record<string, NodeKey>>;

export type NodeKeyName = keyof typeof nodeKeys;

export const nodeKeyNames = Object.keys(nodeKeys) as readonly NodeKeyName[];

/** Keys of [mclu] alone. */
export const globalKeyNames = ["templates", "fanout"] as const;

/** Keys that `MCLU_KEY` sets for every node, with `_` for `-`; `MCLU_FANOUT` besides. */
export const environmentKeyNames: readonly NodeKeyName[] = [
  "user",
  "port",
  "identity",
  "uri",
  "transport",
  "become",
  "connect-timeout",
  "read-timeout",
  "change-timeout",
];

export function isNodeKey(name: string): name is NodeKeyName {
  return Object.hasOwn(nodeKeys, name);
}

/** `MCLU_CONNECT_TIMEOUT` for `connect-timeout`. */
export function environmentVariable(key: string): string {
  return `MCLU_${key.toUpperCase().replaceAll("-", "_")}`;
}

/** What holds for a node of which nothing is said. */
export const nodeDefaults: Omit<NodeSettings, "name" | "host"> = {
  uri: "qemu:///system",
  transport: "auto",
  become: "none",
  pool: "default",
  network: { kind: "network", name: "default" },
  groups: [],
  weight: 1,
  hostReserve: 0,
  readTimeout: 20,
  changeTimeout: 60,
};
