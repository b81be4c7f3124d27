import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Action } from "../../libvirt/change.ts";
import { nicText } from "../../libvirt/device-text.ts";
import type { Interface } from "../../libvirt/domain-details.ts";
import { child, parseXml, type XmlElement } from "../../libvirt/xml.ts";
import { addElement, elementText, removeElement, setAttribute } from "../../libvirt/xml-edit.ts";
import { element } from "../../libvirt/xml-writer.ts";
import { type Network, readChoice, readNetwork } from "../../values.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { decideDevice, scopeOf } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
import { readModel } from "./add.ts";
import { type FoundNic, findNic, nicElement } from "./find-nic.ts";
import { checkNetworks } from "./network-check.ts";

/** What a card can be told; absent: it stays as it is. */
export interface NicSettings {
  readonly link?: "up" | "down";
  readonly network?: Network;
  readonly model?: string;
}

const example = "for example mclu nic set web1 link=down, or mclu nic set web1 52:54:00:12:34:56 network=bridge:br0";

/** Reads `link=down network=bridge:br0 model=e1000e`. Throws UserError (exit 2). */
export function parseNicSettings(words: readonly string[]): NicSettings {
  const settings = words.map((word): NicSettings => {
    const [, key = "", value = ""] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
    if (key === "link") return { link: readChoice(value, ["up", "down"]) };
    if (key === "network") return { network: readNetwork(value) };
    if (key === "model") return { model: readModel(value) };
    throw new UserError(`${word} sets nothing of a network card`, {
      hint: `link=up|down, network=NETWORK or network=bridge:BR, model=MODEL; ${example}`,
      exitCode: exitCodes.usage,
    });
  });
  if (settings.length === 0) throw new UserError("nothing is to be set", { hint: example, exitCode: exitCodes.usage });
  return Object.assign({}, ...settings);
}

/**
 * What `nic set` will do. Throws UserError as `chooseGuests` does.
 * @param mac undefined: the guest's only card
 */
export async function planSetNic(
  cluster: Cluster,
  choice: GuestChoice,
  mac: string | undefined,
  wanted: NicSettings,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  const guests = seen.map(({ guest }) => guest);
  const networks = wanted.network ? await checkNetworks(cluster, guests, wanted.network, signal) : undefined;
  return plan(
    "nic set",
    (one) => {
      const network = networks?.(one.guest);
      if (network && "verdict" in network) return network;
      const found = findNic(one, mac);
      return "mac" in found ? decide(one, found, wanted) : found;
    },
    { deed: "change a network card of" },
  );
}

function decide(one: SeenGuest, found: FoundNic, wanted: NicSettings): Decision {
  const { guest, look } = one;
  const { mac, now, next } = found;
  const { link, ...rest } = wanted;
  const scope = {
    live: now !== undefined && differs(now, { ...rest, model: undefined }),
    config: next !== undefined && differs(next, rest),
  };
  const later = now !== undefined && differs(now, { model: rest.model });
  const update = (xml: string, settings: NicSettings, where: readonly string[]): Action => {
    const card = nicElement(parseXml(xml, "domain"), mac);
    if (!card) throw new Error("the card was found in this definition");
    apply(card, settings);
    return { virsh: ["update-device", guest.uuid, "/dev/stdin", ...where], input: elementText(card) };
  };
  const setLink = (card: Interface | undefined, where: readonly string[]): readonly Action[] =>
    card === undefined || link === undefined || card.link === link
      ? []
      : [{ virsh: ["domif-setlink", guest.uuid, mac, link, ...where] }];
  const { model: _model, ...atOnce } = rest;
  const changes = [
    ...(scope.live ? [update(look.xml.now, atOnce, scopeOf({ live: true, config: false }))] : []),
    ...(scope.config ? [update(look.xml.next, rest, scopeOf({ live: false, config: true }))] : []),
    ...setLink(now, []),
    ...setLink(next, ["--config"]),
  ];
  if (changes.length === 0) {
    if (later && next === undefined)
      return refusal("a card keeps its model while the guest runs, and the guest is transient", null);
    return { verdict: "already", why: `${mac} is so already` };
  }
  const words = wordsOf(wanted);
  return decideDevice(one, {
    will: `set ${words} of ${mac}`,
    done: `set ${words} of ${mac}`,
    actions: [...stillHas(one, found), ...changes],
    edit(domain) {
      const card = next && nicElement(domain, mac);
      if (card) apply(card, wanted);
    },
    later: later ? "a card keeps its model while the guest runs" : null,
  });
}

/** Libvirt is given the card as a whole, with all that it was when it was looked at. */
function stillHas({ guest, look }: SeenGuest, { mac, now, next }: FoundNic): readonly Action[] {
  const has = (xml: string, ...scope: readonly string[]): readonly Action[] => {
    const text = nicText(xml, mac);
    const why = `somebody has changed the card ${mac} meanwhile`;
    return text === undefined ? [] : [{ has: ["dumpxml", guest.uuid, ...scope], text, why }];
  };
  return [...(now ? has(look.xml.now) : []), ...(next ? has(look.xml.next, "--inactive") : [])];
}

function differs(
  card: Interface,
  { network, model }: { readonly network?: Network | undefined; readonly model?: string | undefined },
): boolean {
  const isElsewhere = network !== undefined && (card.type !== network.kind || card.source !== network.name);
  return isElsewhere || (model !== undefined && card.model !== model);
}

function apply(card: XmlElement, { network, model, link }: NicSettings): void {
  if (network) {
    setAttribute(card, "type", network.kind);
    const old = child(card, "source");
    if (old) removeElement(old);
    addElement(card, element("source", { [network.kind]: network.name }), ["mac"]);
  }
  if (model !== undefined) {
    const found = child(card, "model") ?? addElement(card, element("model"), ["target", "source", "mac"]);
    setAttribute(found, "type", model);
  }
  if (link !== undefined) {
    const found = child(card, "link") ?? addElement(card, element("link"), ["model", "source", "mac"]);
    setAttribute(found, "state", link);
  }
}

function wordsOf({ link, network, model }: NicSettings): string {
  const net = network && `network=${network.kind === "bridge" ? "bridge:" : ""}${network.name}`;
  return [link && `link=${link}`, net, model && `model=${model}`].filter((word) => word !== undefined).join(" ");
}
