import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { randomMac } from "../../libvirt/random-mac.ts";
import { child } from "../../libvirt/xml.ts";
import { addElement } from "../../libvirt/xml-edit.ts";
import { element } from "../../libvirt/xml-writer.ts";
import { badValue, type Network } from "../../values.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { readNeighbours } from "../delete/neighbours.ts";
import { decideDevice, scopeOf } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
import { checkNetworks } from "./network-check.ts";

export interface AddNicOptions {
  /** Default: that of the node's configuration. */
  readonly network?: Network | undefined;
  /** Default: virtio. */
  readonly model?: string | undefined;
  /** Default: a new one. */
  readonly mac?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads the model of a card. Throws UserError (exit 2). */
export function readModel(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/.test(text)) return text;
  throw badValue(text, "a model of a network card", "expected one like virtio, e1000e or rtl8139");
}

/** Reads a MAC that a single card may have. Throws UserError (exit 2). */
export function readMac(text: string): string {
  if (/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i.test(text)) return text.toLowerCase();
  throw badValue(text, "the MAC of a card", "expected one like 52:54:00:12:34:56, the second digit even");
}

/** What `nic add` will do. Throws UserError as `chooseGuests` does, and exit 2 for one MAC of several guests. */
export async function planAddNic(cluster: Cluster, choice: GuestChoice, options: AddNicOptions = {}): Promise<Plan> {
  const { mac, signal } = options;
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  if (mac !== undefined && seen.length > 1)
    throw new UserError(`one MAC cannot be that of ${seen.length} guests`, {
      hint: "name one guest, or leave --mac out",
      exitCode: exitCodes.usage,
    });
  const guests = seen.map(({ guest }) => guest);
  const networks = await checkNetworks(cluster, guests, options.network, signal);
  const owner = mac === undefined ? undefined : await ownerOf(cluster, mac, signal);
  return plan(
    "nic add",
    (one) => {
      const network = networks(one.guest);
      if ("verdict" in network) return network;
      if (owner !== undefined)
        return refusal(`${owner} has a card ${mac} already`, "another --mac, or none: a new one is made");
      return decide(one, network, mac ?? randomMac(), options.model ?? "virtio");
    },
    { deed: "add a network card to" },
  );
}

function decide(one: SeenGuest, { kind, name }: Network, mac: string, model: string): Decision {
  const { guest, look, live } = one;
  const scope = scopeOf({ config: look.persistent, live });
  return decideDevice(one, {
    will: `add a card to ${kind} ${name}`,
    done: `added ${mac}`,
    actions: [{ virsh: ["attach-interface", guest.uuid, kind, name, "--mac", mac, "--model", model, ...scope] }],
    edit(domain) {
      const devices = child(domain, "devices");
      const card = element(
        "interface",
        { type: kind },
        element("mac", { address: mac }),
        element("source", { [kind]: name }),
        element("model", { type: model }),
      );
      if (devices) addElement(devices, card, ["controller", "disk", "emulator"]);
    },
    plugs: { live, config: look.persistent },
    later: null,
  });
}

/** The guest that has a MAC, of all that answer. */
async function ownerOf(cluster: Cluster, mac: string, signal: AbortSignal | undefined): Promise<string | undefined> {
  const neighbours = await readNeighbours(cluster, signal);
  const all = neighbours.flatMap((outcome) => (outcome.state === "on" ? outcome.value : []));
  const has = (xml: string) => xml.toLowerCase().includes(`<mac address='${mac}'`);
  const owner = all.find(({ definitions: { now, next } }) => has(now) || has(next));
  return owner && `${owner.node}/${owner.name}`;
}
