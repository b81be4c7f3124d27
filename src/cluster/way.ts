/** What the user's ssh makes of the way to a node. */
export interface Way {
  /** What it calls the node's host, and every host in between. */
  readonly names: readonly string[];
  /** Where the keys of hosts are that it trusts. */
  readonly knownHosts: readonly string[];
}
