import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { secureXmlQuery } from "../../libvirt/domain-query.ts";
import { UnexpectedOutput } from "../../libvirt/query.ts";
import { Redefinition } from "../../libvirt/redefinition.ts";
import { child, parseXml } from "../../libvirt/xml.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import { guestPlace } from "../guest-place.ts";
import { type ChosenLook, lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { change, type Decision, type Plan, refusal } from "../plan.ts";
import { whenItWorks } from "../when-it-works.ts";

/** A guest whose definition is being edited, as it was when that began. */
export interface Draft {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  /** What the guest will be at its next start, with its secrets. */
  readonly xml: string;
  /** What the edited text does. */
  plan(text: string, options?: { readonly validate?: boolean }): Plan;
}

/**
 * Reads a guest's definition to be edited. Throws UserError as `chooseGuests` does; exit 4 where several guests match,
 * exit 6 for a guest that is defined nowhere.
 */
export async function openDraft(
  cluster: Cluster,
  selector: string,
  { nodes, signal }: { readonly nodes?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Draft> {
  const chosen = await lookAtChosen(cluster, { guests: [selector], nodes }, { signal });
  const [one, ...more] = chosen.seen;
  if (!one) throw unreadable(chosen);
  const place = guestPlace(one.guest);
  const refuse = (message: string, hint: string, exitCode: 4 | 6) => new UserError(message, { hint, exitCode });
  if (more.length > 0)
    throw refuse(
      `${selector} matches ${more.length + 1} guests, and one is edited at a time`,
      `name one of them: ${place}`,
      exitCodes.notFound,
    );
  if (!one.look.persistent)
    throw refuse(`${place} is transient: it has no definition`, `mclu xml ${place}`, exitCodes.refused);
  const { node, name, uuid } = one.guest;
  const secure = await askOfGuests(
    cluster,
    [one.guest],
    async () => (await node.ask(secureXmlQuery([uuid]), { signal, patient: true })).map((xml) => ({ xml })),
    signal,
  );
  const found = secure(one.guest);
  if (!("xml" in found) || found.xml === "") throw unreadable(chosen);
  const { xml } = found;
  return {
    node: node.name,
    name,
    uuid,
    xml: `${xml}\n`,
    plan: (text, { validate = true } = {}) => chosen.plan("edit", () => decide(one, xml, text, validate)),
  };
}

/** Why a guest cannot be edited, in the words of a plan about it. */
function unreadable(chosen: ChosenLook): UserError {
  const [target] = chosen.plan("edit", () => refusal("libvirt does not show its definition", null)).targets;
  const why = target && target.verdict === "refused" ? target : undefined;
  return new UserError(why?.why ?? "there is nothing to edit", {
    hint: why?.hint ?? "mclu list",
    exitCode: exitCodes.unreachable,
  });
}

function decide({ guest, look, live }: SeenGuest, before: string, text: string, validate: boolean): Decision {
  const problem = whatIsWrong(before, text, guestPlace(guest));
  if (problem) return problem;
  const redefine = new Redefinition(before, text.trim(), { validate });
  const { difference } = redefine;
  if (difference === "") return { verdict: "already", why: "not changed" };
  const later = live ? ["it takes effect at the next start"] : [];
  return {
    ...change({ will: "define it anew", done: "edited" }, [{ redefine }]),
    difference,
    ...whenItWorks(look, live, later),
  };
}

/** virsh takes a definition with another UUID for another guest, and would make one. */
function whatIsWrong(before: string, text: string, place: string): Decision | undefined {
  try {
    const [old, now] = [parseXml(before, "domain"), parseXml(text, "domain")];
    const same = (name: string) => child(old, name)?.textContent === child(now, name)?.textContent;
    if (!same("uuid")) return refusal("its UUID is another one: that would be another guest", "leave <uuid> as it is");
    if (!same("name"))
      return refusal("its name is another one", `leave <name> as it is, and: mclu rename ${place} NEW-NAME`);
    return undefined;
  } catch (error) {
    if (error instanceof UnexpectedOutput) return refusal(error.message, "edit it again");
    throw error;
  }
}
