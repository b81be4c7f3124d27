import type { NodeAnswer } from "../list.ts";
import type { Fit } from "../placement.ts";

export const diskFormats = ["qcow2", "raw", "vmdk"] as const;

/** What libvirt calls them. */
export type DiskFormat = (typeof diskFormats)[number];

/** A disk of a clone. Bytes; paths on the node. */
export interface CloneDisk {
  /** As the guest sees it: `vda`. */
  readonly target: string;
  readonly source: string;
  readonly sourceFormat: string;
  readonly path: string;
  readonly format: DiskFormat;
  /** Virtual size. */
  readonly size: number;
  /** Backed by the source's, of which it holds the difference alone. */
  readonly linked: boolean;
}

/** A guest that will be cloned. Bytes. */
export interface CloneTarget {
  readonly node: string;
  readonly name: string;
  readonly image: { readonly name: string; readonly uuid: string };
  readonly memory: number;
  readonly vcpus: number;
  readonly pool: string;
  readonly disks: readonly CloneDisk[];
  /** File of the UEFI variables; null: the source has none. */
  readonly nvram: { readonly source: string; readonly path: string } | null;
  /** Whether it gets a name, an id, keys and network settings of its own. */
  readonly identity: boolean;
  readonly start: boolean;
  /** How the nodes that have the image did; empty: the node was named. */
  readonly fits: readonly Fit[];
  /** What the user should know before: one sentence each. */
  readonly notes: readonly string[];
}

/** What `clone` will do: printed by --dry-run, applied as it is. */
export interface ClonePlan {
  /** As it was typed. */
  readonly image: string;
  readonly targets: readonly CloneTarget[];
  readonly nodes: readonly NodeAnswer[];
}
