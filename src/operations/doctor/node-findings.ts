import type { HostFacts, NetworkCard, PeerAnswer } from "../../libvirt/host-facts.ts";
import type { NodeSettings } from "../../node/settings.ts";
import { commandLine, quote } from "../../node/shell.ts";
import type { TransportUse } from "../../node/transport.ts";
import { letKnow, letLogin, loginWords } from "../node-login.ts";
import { makeRoom } from "./build-findings.ts";
import { type Examined, type Finding, ok, problem, warning } from "./finding.ts";

/**
 * How a node was reached.
 * @param forwards whether its sshd makes connections for us, as far as that is known
 */
export function sshFinding(
  { settings }: Pick<Examined, "settings">,
  use: TransportUse | undefined,
  forwards = true,
): Finding {
  if (settings.transport === "local") return ok("ssh", "this machine, without ssh");
  if (!forwards)
    return warning(
      "ssh",
      "its sshd forwards no connections, which mclu ssh, cp and viewer go by",
      `set AllowTcpForwarding yes in the sshd_config of ${settings.name}; what holds: mclu exec ${quote(settings.name)} -- sshd -T`,
    );
  if (use?.kind === "openssh") return ok("ssh", `by the system's ssh: ${use.reason}`);
  return ok("ssh", "answers");
}

/** Seconds that clocks may differ; certificates, jobs and reservations live by them. */
const tolerance = 5;

/**
 * The clock against this machine's.
 * @param asked and answered: when, in seconds since 1970 by the clock here
 */
export function clockFinding(
  { settings: { name }, facts }: Examined,
  { asked, answered }: { readonly asked: number; readonly answered: number },
): Finding {
  const { now } = facts.host;
  const ahead = Math.floor(now - answered);
  const behind = Math.floor(asked - now);
  const fix = `mclu exec ${quote(name)} -- timedatectl set-ntp true`;
  if (ahead > tolerance) return problem("clock", `${duration(ahead)} ahead of this machine's`, fix);
  if (behind > tolerance) return problem("clock", `${duration(behind)} behind this machine's`, fix);
  return ok("clock", "as here");
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** The network card that a node is to be woken by. */
export function cardToWake({ cards, route }: Pick<HostFacts, "cards" | "route">): NetworkCard | undefined {
  return cards.find(({ name }) => name === route) ?? cards[0];
}

/** Whether `on` will be able to wake the node. */
export function wakeFinding({ settings: { name, mac, transport }, facts: { host } }: Examined): readonly Finding[] {
  if (transport === "local") return [];
  const own = cardToWake(host);
  const fix = own ? `set mac = ${own.mac} in [node.${name}] of mclu.conf` : `mclu exec ${quote(name)} -- ip link`;
  if (mac === undefined) return [warning("wake", "mclu on cannot wake it: its mac is not configured", fix)];
  const card = host.cards.find((one) => one.mac === mac);
  if (!card) return [problem("wake", `mclu on would not wake it: none of its cards has the mac ${mac}`, fix)];
  if (card.wake !== null && !card.wake.includes("g")) {
    const listen = `mclu exec ${quote(name)} -- ethtool -s ${quote(card.name)} wol g`;
    return [warning("wake", `${card.name} does not listen for wake-on-LAN (${card.wake})`, listen)];
  }
  return [ok("wake", card.wake === null ? `${card.name} has the configured mac` : `${card.name} listens`)];
}

/** A node that another one was to log in to. */
export interface Peer {
  readonly name: string;
  readonly answer: PeerAnswer;
  readonly settings: Pick<NodeSettings, "host" | "user" | "port">;
}

/** Whether a node can log in to those that are on, so that images and guests go from one to the other by themselves. */
export function peersFinding({ settings: { name } }: Examined, peers: readonly Peer[]): readonly Finding[] {
  if (peers.length === 0) return [];
  const unless = (answer: PeerAnswer, why: string, fix: (peer: Peer["settings"]) => string): readonly Finding[] => {
    const [first, ...more] = peers.filter((peer) => peer.answer === answer);
    if (!first) return [];
    const names = [first, ...more].map((peer) => peer.name).join(", ");
    return [warning("peers", `${why} ${names}: what goes there goes through this machine`, fix(first.settings))];
  };
  const findings = [
    ...unless("no", "cannot log in to", (peer) => letLogin(name, commandLine(loginWords(peer)))),
    ...unless("key", "does not know the host key, or knows another one, of", (peer) => letKnow(name, peer)),
  ];
  return findings.length > 0 ? findings : [ok("peers", `logs in to ${peers.map((peer) => peer.name).join(", ")}`)];
}

/** Bytes: what a job's files may need before it asks for the room that its disk takes. */
const leastRoom = 64 * 1024 ** 2;

/**
 * Whether jobs can be kept.
 * @param left how many things they have left behind
 */
export function jobsFinding({ settings: { name }, facts: { host } }: Examined, left: number): Finding {
  const place = host.jobs;
  if (place && !place.writable)
    return problem(
      "jobs",
      `${host.user} may not write into ${place.path}, where jobs go: no change can be made`,
      // of root only a file system that is read-only is closed
      `mclu exec ${quote(name)} -- ${host.isRoot ? "findmnt -T" : "ls -ld"} ${quote(place.path)}`,
    );
  if (place && place.free < leastRoom)
    return problem("jobs", `nearly full: ${place.path}, where jobs go`, makeRoom(name, [place.path]));
  if (left === 0) return ok("jobs", "nothing is left behind");
  return warning(
    "jobs",
    `${left === 1 ? "something" : `${left} things`} left by jobs: of moves, or of what was cut short`,
    `mclu gc ${quote(name)}`,
  );
}
