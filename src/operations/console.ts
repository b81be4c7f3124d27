import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { consoleCommand, consoleHeldQuery, consoleOf } from "../libvirt/console.ts";
import type { Console } from "../libvirt/domain-details.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { isActive } from "../libvirt/domains.ts";
import { onTerminal, type TerminalSession } from "../node/terminal-command.ts";
import type { TerminalSize } from "../node/transport.ts";
import { askOne } from "./ask-one.ts";
import { untilGone } from "./console-end.ts";
import type { FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { readDetails } from "./guest-details.ts";
import { guestPlace } from "./guest-place.ts";
import type { NodeAnswer } from "./list.ts";
import { converseRaw } from "./raw-session.ts";
import type { LendTerminal } from "./raw-terminal.ts";

export interface ConsoleOptions {
  /** Takes the console from a session that is attached already. */
  readonly force?: boolean | undefined;
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  /** Of the window before it is lent. */
  readonly size: TerminalSize;
  readonly signal?: AbortSignal | undefined;
  /** Called before the guest has the terminal. */
  readonly onAttached?: ((guest: { readonly node: string; readonly name: string }) => void) | undefined;
}

/** How a console session ended. */
export interface ConsoleReport {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  /** `left`: the user did; `off`: the guest is off; `interrupted`: by the signal. */
  readonly end: "left" | "off" | "interrupted";
  readonly nodes: readonly NodeAnswer[];
}

/**
 * A guest's serial console on the user's terminal, until the user types `^]` or the guest is off. Throws UserError as
 * `findGuests` does; exit 6 where the guest is off, has no serial console, or a session is attached already; exit 5 where
 * the connection was lost; exit 1 where somebody else took the console over.
 */
export async function attachConsole(
  cluster: Cluster,
  selector: string,
  lend: LendTerminal,
  options: ConsoleOptions,
): Promise<ConsoleReport> {
  const { force = false, signal, size } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { node, name, uuid } = guest;
  const { path, device } = await terminalOf(cluster, guest, signal);
  const isHeld = async () =>
    path !== null && (await askOne(cluster, node, () => node.ask(consoleHeldQuery(path), { signal }), signal));
  if (!force && (await isHeld())) throw heldBy(guest);
  const use = async (session: TerminalSession) => {
    options.onAttached?.({ node: node.name, name });
    const left = await lend((raw) => converseRaw(session, raw, signal));
    return left === "ended" ? session.ended : left;
  };
  const argv = consoleCommand(node.settings.uri, uuid, { device, force });
  const end = await askOne(cluster, node, () => onTerminal(node, argv, { size, signal }, use), signal);
  if (end === "left" || end === "interrupted") return { node: node.name, name, uuid, end, nodes };
  await untilGone(cluster, guest, end, { isHeld, signal });
  return { node: node.name, name, uuid, end: "off", nodes };
}

/** Throws UserError (exit 6) where the guest has no console now. */
async function terminalOf(cluster: Cluster, guest: FoundGuest, signal: AbortSignal | undefined) {
  const { node, name, uuid, state } = guest;
  const refuse = (why: string, hint: string) => new UserError(why, { hint, exitCode: exitCodes.refused });
  if (state !== null && !isActive(state))
    throw refuse(`${name} has no console now: it is ${state}`, `mclu start ${guestPlace(guest)}`);
  const xml = await askOne(cluster, node, () => node.ask(domainXmlQuery([uuid]), { signal }), signal);
  const { details, problem } = await readDetails(xml.get(uuid) ?? null);
  if (!details) throw new UserError(`${name} has no console that is known: ${problem}`, { hint: "mclu list" });
  const terminal = consoleOf(details);
  if (terminal) return terminal;
  const [port] = details.consoles;
  throw refuse(
    port === undefined
      ? `${name} has no serial console`
      : `${name} has no serial console that can be typed at: its ${port.kind} port is ${portText(port)}`,
    // beside a port that is no terminal libvirt takes another port, and no console
    `mclu exec ${node.name} -- virt-xml ${uuid} --add-device ${port ? "--serial" : "--console"} pty; then stop and start it`,
  );
}

/** Where a port goes that is no terminal: `of type file: /var/log/web1.log`. */
function portText({ type, path }: Console): string {
  return `of type ${type ?? "unknown"}${path === null ? "" : `: ${path}`}`;
}

function heldBy(guest: FoundGuest): UserError {
  return new UserError(`a session is attached to the console of ${guest.name} already`, {
    hint: `to end it and take its place: mclu console --force ${guestPlace(guest)}`,
    exitCode: exitCodes.refused,
  });
}
