import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { fanOut } from "../cluster/fan-out.ts";
import { quote } from "../node/shell.ts";
import { readKnownHosts } from "../node/ssh/known-hosts-file.ts";
import { type KnownName, knownNames } from "../node/ssh/known-names.ts";
import { isNodesName } from "./guest-ssh.ts";

/** Whose a name is, if it is not a guest's. */
export interface OtherHost {
  /** As `NAME ...` has it. */
  readonly is: string;
  /** The command that lets a guest have the name; undefined: there is none that leaves other hosts alone. */
  readonly release?: string | undefined;
}

/**
 * Tells whose a name is to the user's ssh, if it is not a guest's: a node's, a host's on the way to one, or that of a host
 * whose key the user trusts. Whoever may define a guest would have those logins by calling it so. Rejects with the signal's
 * reason.
 */
export async function foreignNames(
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<(name: string) => OtherHost | undefined> {
  const far = cluster.nodes.filter(({ settings }) => settings.transport !== "local");
  const how = { concurrency: cluster.config.fanout, signal };
  const found = await fanOut(far, (node) => cluster.wayTo(node), how);
  // where ssh cannot say the way, it stands in what `findGuests` says of the node
  const ways = found.flatMap((outcome) => (outcome.state === "on" ? outcome.value : []));
  const onTheWay = new Set(ways.flatMap(({ names }) => names).map((name) => name.toLowerCase()));
  // a node may have a file of its own, which is not where the keys of other hosts are
  const paths = [...(await cluster.knownHosts()), ...ways.flatMap(({ knownHosts }) => knownHosts)];
  const known = knownNames(await readKnownHosts([...new Set(paths)]));
  return (name) => {
    if (isNodesName(cluster, name)) return { is: "is a node" };
    if (onTheWay.has(name.toLowerCase())) return { is: "is a host on the way to a node" };
    const place = known(name);
    return place && { is: "is a host of your known_hosts", release: releaseOf(place) };
  };
}

function releaseOf({ file, name }: KnownName): string | undefined {
  if (name === undefined) return undefined;
  const isUsual = file === `${currentAccount().home}/.ssh/known_hosts`;
  return `ssh-keygen ${isUsual ? "" : `-f ${quote(file)} `}-R ${quote(name)}`;
}
