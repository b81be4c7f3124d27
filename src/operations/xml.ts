import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { askOne } from "./ask-one.ts";
import { findOneGuest } from "./find-one-guest.ts";
import type { NodeAnswer } from "./list.ts";

export interface XmlReport {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  /** As libvirt wrote it, without secrets, ended by a newline. */
  readonly xml: string;
  readonly nodes: readonly NodeAnswer[];
}

export interface XmlOptions {
  /** What the guest will be at its next start, instead of what it is. */
  readonly inactive?: boolean | undefined;
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A guest's XML. Throws UserError as `findGuests` does, and exit 4 for a guest that went away meanwhile. */
export async function xml(cluster: Cluster, selector: string, options: XmlOptions = {}): Promise<XmlReport> {
  const { signal } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { node, name, uuid } = guest;
  const texts = await askOne(
    cluster,
    node,
    () => node.ask(domainXmlQuery([uuid], options.inactive), { signal }),
    signal,
  );
  const text = texts.get(uuid);
  if (text === undefined)
    throw new UserError(`libvirt on ${node.name} gave no XML for ${name}: it went away meanwhile`, {
      hint: `mclu list ${node.name}`,
      exitCode: exitCodes.notFound,
    });
  return { node: node.name, name, uuid, xml: `${text}\n`, nodes };
}
