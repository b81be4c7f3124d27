import type { NodeAnswer } from "../list.ts";

/** A file of an image on its way to another node. Bytes. */
export interface CopyFile {
  /** `vda`, or `nvram`. */
  readonly what: string;
  readonly source: string;
  readonly path: string;
  readonly size: number;
}

/** What `image copy` will do: printed by --dry-run, applied as it is. */
export interface CopyPlan {
  readonly image: { readonly node: string; readonly name: string; readonly uuid: string };
  /** Where it goes. */
  readonly node: string;
  readonly pool: string;
  readonly files: readonly CopyFile[];
  /** What goes over the network at most. */
  readonly size: number;
  /** What the target's ssh calls the source; null: the nodes cannot log in to each other, and all goes through this machine. */
  readonly direct: string | null;
  /** A copy that waits to be gone on with; null: none. */
  readonly resumes: string | null;
  /** What the user should know before: one sentence each. */
  readonly notes: readonly string[];
  readonly nodes: readonly NodeAnswer[];
}
