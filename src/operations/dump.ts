import { resolve } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import type { Definition } from "../libvirt/node-definitions.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { compareNames } from "./compare-names.ts";
import { fileNameOf } from "./file-name.ts";
import { askOverview } from "./overview.ts";
import type { Silence } from "./silence.ts";
import { checkEmpty, writeFiles } from "./write-files.ts";

export interface DumpedFile {
  readonly name: string;
  readonly uuid: string;
  /** Below the directory, with `/`. */
  readonly file: string;
}

export type NodeDump = { readonly node: string } & (
  | {
      readonly state: "on";
      readonly guests: readonly DumpedFile[];
      readonly networks: readonly DumpedFile[];
      readonly pools: readonly DumpedFile[];
      /** Guests that went away between two questions. */
      readonly gone: readonly string[];
    }
  | Silence
);

export interface DumpReport {
  /** Absolute. */
  readonly directory: string;
  readonly nodes: readonly NodeDump[];
}

export interface DumpOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  /** Write into a directory that has something in it, over files of the same names. */
  readonly force?: boolean | undefined;
  /** What a relative directory is relative to. */
  readonly cwd: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes the XML of every guest, network and pool as `DIR/NODE/NAME.xml`, `DIR/NODE/networks/NAME.xml` and
 * `DIR/NODE/pools/NAME.xml`: what they will be at their next start, without secrets. Throws UserError (exit 6) for a
 * directory that is not empty, before any node is asked, and (exit 1) for what cannot be written.
 */
export async function dump(cluster: Cluster, directory: string, options: DumpOptions): Promise<DumpReport> {
  const root = resolve(options.cwd, directory);
  const nodes = cluster.select(options.nodes ?? []);
  if (!options.force) await checkEmpty(root);
  const asking = { signal: options.signal, patient: (options.nodes ?? []).length > 0 };
  const outcomes = await cluster.ask(nodes, (node) => readDefinitions(node, asking), { signal: options.signal });
  const dumps: NodeDump[] = [];
  for (const outcome of outcomes) {
    if (outcome.state !== "on") dumps.push(outcome);
    else dumps.push(await writeNode(root, outcome.node, outcome.value));
  }
  return { directory: root, nodes: dumps };
}

interface Definitions {
  readonly guests: readonly Definition[];
  readonly networks: readonly Definition[];
  readonly pools: readonly Definition[];
  readonly gone: readonly string[];
}

async function readDefinitions(node: Node, options: AskOptions): Promise<Definitions> {
  const { definedQuery, definitionsQuery } = await import("../libvirt/node-definitions.ts");
  const { domains } = await askOverview(node, options);
  const { networks, pools } = await node.ask(definedQuery, options);
  const xml = await node.ask(
    domainXmlQuery(
      domains.map(({ uuid }) => uuid),
      true,
    ),
    options,
  );
  const guests = domains.flatMap(({ uuid, name }) => {
    const text = xml.get(uuid);
    return text === undefined ? [] : [{ uuid, name, xml: text }];
  });
  return {
    guests: guests.sort((a, b) => compareNames(a.name, b.name)),
    networks: await node.ask(definitionsQuery("net", networks), options),
    pools: await node.ask(definitionsQuery("pool", pools), options),
    gone: domains.filter(({ uuid }) => !xml.has(uuid)).map(({ name }) => name),
  };
}

async function writeNode(root: string, node: string, definitions: Definitions): Promise<NodeDump> {
  // a node's name is a host's: it is a file name as it is
  return {
    node,
    state: "on",
    guests: await writeAll(root, node, definitions.guests),
    networks: await writeAll(root, `${node}/networks`, definitions.networks),
    pools: await writeAll(root, `${node}/pools`, definitions.pools),
    gone: definitions.gone,
  };
}

async function writeAll(root: string, directory: string, definitions: readonly Definition[]): Promise<DumpedFile[]> {
  const taken = new Set<string>();
  const files = definitions.map(({ uuid, name, xml }) => {
    return { name, uuid, file: `${directory}/${fileNameOf(name, uuid, taken)}.xml`, text: `${xml}\n` };
  });
  await writeFiles(root, directory, files);
  return files.map(({ name, uuid, file }) => ({ name, uuid, file }));
}
