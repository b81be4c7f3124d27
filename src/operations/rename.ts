import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { definitionsOfQuery } from "../libvirt/definitions-query.ts";
import { secureXmlQuery } from "../libvirt/domain-query.ts";
import { isActive } from "../libvirt/domains.ts";
import { UnexpectedOutput } from "../libvirt/query.ts";
import { domainDifference, Redefinition } from "../libvirt/redefinition.ts";
import { children, type XmlElement } from "../libvirt/xml.ts";
import { editDomain, setText } from "../libvirt/xml-edit.ts";
import { commandLine } from "../node/shell.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import { chooseGuests } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { findGuests } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";
import { renamedVariables } from "./rename-variables.ts";
import { type PlacedReservation, placedReservations } from "./reserve.ts";
import { refusalOf } from "./standing.ts";

export interface RenameOptions {
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `rename` will do. Throws UserError as `chooseGuests` does with a strict choice, and exit 2 for a name that libvirt
 * does not take.
 */
export async function planRename(
  cluster: Cluster,
  guest: string,
  newName: string,
  { nodes, signal }: RenameOptions = {},
): Promise<Plan> {
  checkName(newName);
  const chosen = await chooseGuests(cluster, { guests: [guest], nodes }, { strict: true, signal });
  const [first, ...more] = chosen.guests;
  if (more.length > 0)
    throw new UserError(`${guest} matches ${chosen.guests.length} guests, and one is renamed at a time`, {
      hint: `name one of them${first ? `: ${guestPlace(first)}` : ""}`,
      exitCode: exitCodes.notFound,
    });
  // every node, also where only one was asked for the guest: two guests of one name are a trap; first the names that builds
  // reserved, or one that turns into a guest in between would be missed
  const builder = await reservedBy(cluster, newName, signal);
  const everywhere = await findGuests(cluster, "all", { signal });
  const takers = everywhere.guests.filter(({ name, uuid }) => name === newName && uuid !== first?.uuid);
  const definitions = await askOfGuests(
    cluster,
    chosen.guests,
    async (node, guests) => {
      const uuids = guests.map(({ uuid }) => uuid);
      const ask = { signal, patient: true };
      const definitions = await node.ask(definitionsOfQuery(uuids), ask);
      const looks = guests.map(async (one, index) => {
        const { next = "", checkpoints = [] } = definitions[index] ?? {};
        const variables = await renamedVariables(one, newName, next, signal);
        return { uuid: one.uuid, xml: next, checkpoints, variables };
      });
      const found = await Promise.all(looks);
      const chosen = found.flatMap(({ uuid, variables }) => (variables.own === null ? [] : [uuid]));
      const secure = chosen.length === 0 ? [] : await node.ask(secureXmlQuery(chosen), ask);
      return found.map((one) => ({ ...one, secure: secure[chosen.indexOf(one.uuid)] ?? "" }));
    },
    signal,
  );
  return makePlan({ verb: "rename", asks: false }, { ...chosen, nodes: everywhere.nodes }, (one) => {
    const decision = decide(one, newName, takers, builder);
    const definition = definitions(one);
    if (decision.verdict !== "change" || !("xml" in definition)) return decision;
    const { xml, checkpoints, variables, secure } = definition;
    if (checkpoints.length > 0) return refuseCheckpoints(one, checkpoints);
    const { own, taken } = variables;
    if (taken !== null) return refuseTaken(one, taken);
    const named = { ...decision, ...differenceOf(xml, newName, own) };
    return own === null ? named : keepVariables(named, secure, own);
  });
}

/** libvirt 9.0 puts what it knows of them where it looks for snapshots, and has lost them when it starts next. */
function refuseCheckpoints(guest: FoundGuest, [first = ""]: readonly string[]): Decision {
  const place = guestPlace(guest);
  return refusal(
    "it has checkpoints, which libvirt would lose",
    `mclu virsh ${place} -- ${commandLine(["checkpoint-delete", "--checkpointname", first])}, and so on: mclu virsh ${place} -- checkpoint-list`,
  );
}

function refuseTaken({ node }: FoundGuest, path: string): Decision {
  const command = commandLine(["mclu", "exec", node.name, "--", "ls", "-l", path]);
  return refusal(`it would be given the UEFI variables of another guest: ${path} is there already`, command);
}

/** Writes into the definition where the variables are, before libvirt can lose sight of them. */
function keepVariables(decision: Renaming, secure: string, path: string): Decision {
  if (secure === "") return refusal("libvirt cannot show what it is", null);
  const after = editDomain(secure, (domain) => nameVariables(domain, path));
  const redefine = new Redefinition(secure, after, { validate: false });
  return { ...decision, actions: [{ redefine }, ...decision.actions] };
}

function nameVariables(domain: XmlElement, path: string): void {
  for (const os of children(domain, "os")) setText(os, "nvram", path, ["loader", "type"]);
}

type Renaming = Extract<Decision, { readonly verdict: "change" }>;

/** The reservation of somebody who makes a guest of this name just now. A node that does not answer is `findGuests`'s to report. */
async function reservedBy(
  cluster: Cluster,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PlacedReservation | undefined> {
  return (await placedReservations(cluster, signal)).find((one) => one.name === name && !one.stale);
}

/** How the definition changes; nothing where it cannot be read, which libvirt's renaming does not need. */
function differenceOf(xml: string, newName: string, variables: string | null): { readonly difference?: string } {
  try {
    return {
      difference: domainDifference(
        xml,
        editDomain(xml, (domain) => {
          setText(domain, "name", newName);
          if (variables !== null) nameVariables(domain, variables);
        }),
      ),
    };
  } catch (error) {
    if (error instanceof UnexpectedOutput) return {};
    throw error;
  }
}

function decide(
  guest: FoundGuest,
  newName: string,
  takers: readonly FoundGuest[],
  builder: PlacedReservation | undefined,
): Decision {
  const { uuid, name, state } = guest;
  if (name === newName) return { verdict: "already", why: `already named ${newName}` };
  const [taker] = takers;
  if (taker) return refusal(`${taker.node.name} has a guest named ${newName}`, `mclu info ${guestPlace(taker)}`);
  if (builder) {
    const { why, hint } = refusalOf(builder);
    return refusal(why, hint);
  }
  if (state === null || isActive(state))
    return refusal(
      `libvirt renames only guests that are off, and it is ${state ?? "in no known state"}`,
      `mclu stop ${guestPlace(guest)}`,
    );
  return change({ will: `rename to ${newName}`, done: `renamed to ${newName}` }, [
    { virsh: ["domrename", "--domain", uuid, "--new-name", newName] },
  ]);
}

function checkName(name: string): void {
  const refuse = (why: string): never => {
    throw new UserError(`not a name for a guest: ${why}`, {
      hint: "mclu rename GUEST NEW-NAME, for example mclu rename web1 www",
      exitCode: exitCodes.usage,
    });
  };
  if (name.trim() === "") refuse("it is empty");
  // libvirt takes some of these, and writes a definition that it reads back as another name, or not at all
  if (/[/\p{Cc}\p{Surrogate}\ufffe\uffff]/u.test(name))
    refuse(`${name} has a character that libvirt cannot keep in a name: / or a control character`);
  if (name === "." || name === "..") refuse(`${name} is a directory`);
  // libvirt names files after the guest
  if (Buffer.byteLength(name) > 245) refuse(`it has ${Buffer.byteLength(name)} bytes, and at most 245 fit`);
}
