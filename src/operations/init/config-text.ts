import { formatNodeAddress } from "../../cluster/node-address.ts";
import { formatIniValue } from "../../ini.ts";
import type { InitHost } from "./hosts.ts";

/** A node as it goes into a new mclu.conf. */
export interface NewNode extends InitHost {
  readonly become: "none" | "sudo";
  readonly mac: string | null;
  /** How it was as it was tried; absent: not tried yet. */
  readonly state?: "on" | "off" | "failed";
}

const head = `# The nodes of this cluster, written by mclu init. "mclu config check" says what is wrong after a change, and
# "mclu help configuration" explains every key.

[mclu]
# What holds for all nodes. What is behind a ";" is no setting yet.

# Memory of a node that guests never get.
;host-reserve = 1G

# Where the disks of new guests go, and what they are connected to: a libvirt network, or bridge:BR.
;pool = default
;network = default

# Public key that built guests let in. Left out: the agent's keys, else ~/.ssh/id_*.pub.
;ssh-key = ~/.ssh/id_ed25519.pub

[nodes]
# NAME = [USER@]HOST[:PORT]. With nothing behind the "=": NAME as ssh knows it.
`;

/** The text of a new mclu.conf, which mclu itself reads back as these nodes. */
export function configText(nodes: readonly NewNode[]): string {
  return `${head}${nodes.map(nodeLine).join("")}${nodes.map(nodeSection).join("")}`;
}

function nodeLine({ name, address }: NewNode): string {
  const { user, port, host } = address;
  const isPlain = host === name && user === undefined && port === undefined;
  return isPlain ? `${name} =\n` : `${name} = ${formatIniValue(formatNodeAddress(address))}\n`;
}

function nodeSection(node: NewNode): string {
  const settings = [...becomeLines(node), ...macLines(node)];
  return settings.length === 0 ? "" : `\n[node.${node.name}]\n${settings.join("\n")}\n`;
}

function becomeLines({ become }: NewNode): readonly string[] {
  return become === "sudo" ? ["# Commands run under sudo -n, which asks for no password.", "become = sudo"] : [];
}

function macLines({ name, mac, state }: NewNode): readonly string[] {
  if (mac !== null) return [`# What "mclu on ${name}" wakes.`, `mac = ${mac}`];
  if (state === undefined || state === "on") return [];
  const how = state === "off" ? "was off" : "did not answer";
  return [
    `# It ${how} as this was written: once it is on, "mclu doctor ${name}" says its mac.`,
    ";mac = 52:54:00:12:34:56",
  ];
}
