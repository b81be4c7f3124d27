import type { Cluster } from "../../cluster/cluster.ts";
import { secureXmlQuery } from "../../libvirt/domain-query.ts";
import { type NodeLimits, nodeLimitsQuery } from "../../libvirt/node-limits.ts";
import { combine } from "../../libvirt/query.ts";
import { domainDifference, Redefinition } from "../../libvirt/redefinition.ts";
import { editDomain } from "../../libvirt/xml-edit.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import { baseImages } from "../base-images.ts";
import type { GuestChoice } from "../choose-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { change, type Decision, type Plan, refusal } from "../plan.ts";
import { refuseAutostart } from "../spoilt.ts";
import { whenItWorks } from "../when-it-works.ts";
import type { Assignments } from "./assignments.ts";
import { setBoot } from "./boot-order.ts";
import { setMemory } from "./memory.ts";
import { isSetting, type Setting, type Subject } from "./setting.ts";
import { setAutostart, setDescription } from "./text.ts";
import { setVcpus } from "./vcpus.ts";

/** What `set` will do. Throws UserError as `chooseGuests` does. */
export async function planSet(
  cluster: Cluster,
  choice: GuestChoice,
  wanted: Assignments,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  const facts = await askFacts(cluster, seen, wanted, signal);
  const isBase = wanted.boot ? await baseImages(cluster, seen, signal) : undefined;
  const starting = seen.filter(({ look }) => wanted.autostart && look.persistent && !look.autostart);
  const mayNotStart = await refuseAutostart(
    cluster,
    starting.map(({ guest }) => guest),
    signal,
  );
  return plan("set", (one) => {
    const own = facts(one.guest);
    if (!("limits" in own)) return own;
    const base = isBase?.(one);
    if (base && "verdict" in base) return base;
    return mayNotStart(one.guest) ?? decide({ ...one, limits: own.limits }, wanted, own.secure);
  });
}

interface SetFacts {
  readonly limits: NodeLimits;
  /** The definition with its secrets; "" where it is not needed, or where the guest is gone by now. */
  readonly secure: string;
}

function askFacts(
  cluster: Cluster,
  readable: readonly SeenGuest[],
  { boot }: Assignments,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => SetFacts | Decision> {
  return askOfGuests(
    cluster,
    readable.map(({ guest }) => guest),
    async (node, guests) => {
      const own = readable.filter(({ guest }) => guests.includes(guest));
      const types = [...new Set(own.map(({ look }) => look.next.type))];
      const uuids = boot ? guests.map(({ uuid }) => uuid) : [];
      const [limits, secure] = await node.ask(combine(nodeLimitsQuery(types), secureXmlQuery(uuids)), {
        signal,
        patient: true,
      });
      return guests.map((_, index) => ({ limits, secure: secure[index] ?? "" }));
    },
    signal,
  );
}

function decide(subject: Subject, wanted: Assignments, secure: string): Decision {
  const decisions = [
    // first: a redefinition begins at what was read
    wanted.boot && setBoot(wanted.boot, subject),
    wanted.vcpus !== undefined && setVcpus(wanted.vcpus, subject),
    wanted.memory !== undefined && setMemory(wanted.memory, subject),
    wanted.description !== undefined && setDescription(wanted.description, subject),
    wanted.autostart !== undefined && setAutostart(wanted.autostart, subject),
  ].flatMap((decision) => decision || []);
  const refused = decisions.find((decision) => !isSetting(decision));
  if (refused && !isSetting(refused)) return refused;
  const settings = decisions.filter(isSetting);
  if (settings.length === 0) return { verdict: "already", why: "already so" };
  return decideSettings(subject, settings, secure);
}

function decideSettings({ guest, look, live }: Subject, settings: readonly Setting[], secure: string): Decision {
  const edited = (xml: string, parts: readonly Setting[]) =>
    editDomain(xml, (domain) => {
      for (const { edit } of parts) edit(domain);
    });
  const redefining = settings.filter(({ redefines }) => redefines);
  if (redefining.length > 0 && secure === "")
    return refusal("libvirt cannot show what it is", `mclu xml ${guestPlace(guest)}`);
  const redefine = () => new Redefinition(secure, edited(secure, redefining), { validate: false });
  const words = settings.map((setting) => setting.words).join(" ");
  const actions = [
    ...(redefining.length > 0 ? [{ redefine: redefine() }] : []),
    ...settings.flatMap((setting) => setting.actions),
  ];
  const later = settings.flatMap((setting) =>
    setting.later === null ? [] : [`${setting.words} takes effect at the next start: ${setting.later}`],
  );
  return {
    ...change({ will: `set ${words}`, done: `set ${words}` }, actions),
    difference: look.persistent ? domainDifference(look.xml.next, edited(look.xml.next, settings)) : "",
    ...whenItWorks(
      look,
      live,
      later,
      settings.flatMap(({ notes }) => notes),
    ),
  };
}
