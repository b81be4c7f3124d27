import type { DomainState } from "../../libvirt/domains.ts";
import type { NodeAnswer } from "../list.ts";

/** A disk of a guest that moves. Bytes. */
export interface MoveDisk {
  /** `vda` */
  readonly target: string;
  readonly path: string;
  readonly format: string;
  /** Virtual size. */
  readonly size: number;
  /** `copied` into a volume of this pool that is made first; `shared`: both nodes see the same file. */
  readonly way: "copied" | "shared";
  /** null: a shared disk needs none. */
  readonly pool: string | null;
}

/** What `migrate` will do: printed by --dry-run, applied as it is. */
export interface MovePlan {
  readonly guest: {
    readonly node: string;
    readonly name: string;
    readonly uuid: string;
    readonly state: DomainState;
  };
  /** Where it goes. */
  readonly node: string;
  /** `live`: it runs, and goes on there; `offline`: it is shut off, and stays so. */
  readonly how: "live" | "offline";
  readonly disks: readonly MoveDisk[];
  /** The file of the UEFI variables: carried over, or seen by both nodes; null: it has none. */
  readonly nvram: { readonly path: string; readonly way: "copied" | "shared" } | null;
  /** The directory of a TPM's state that is copied; null: it has none, or runs, and takes the state along by itself. */
  readonly tpm: string | null;
  /** Bytes that are copied at most. */
  readonly size: number;
  /** libvirt's URI of the target, as the source calls it; null: the source's calls go through this machine. */
  readonly control: string | null;
  /** Where the target takes the guest's memory and disks, as the source calls it; null: nothing goes that way. */
  readonly data: string | null;
  /** What the user should know before: one sentence each. */
  readonly notes: readonly string[];
  readonly nodes: readonly NodeAnswer[];
}

/** Something that keeps a guest from a node, and what to type about it. */
export interface Obstacle {
  readonly why: string;
  readonly fix: string;
}
