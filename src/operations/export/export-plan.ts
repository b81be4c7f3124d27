import type { DiskFormat } from "../clone/clone-plan.ts";
import type { NodeAnswer } from "../list.ts";

/** What `image export` will do: printed by --dry-run, applied as it is. Bytes. */
export interface ExportPlan {
  readonly image: { readonly node: string; readonly name: string; readonly uuid: string };
  readonly format: DiskFormat;
  readonly pool: string;
  readonly files: readonly ExportFile[];
  readonly nodes: readonly NodeAnswer[];
}

export interface ExportFile {
  /** `vda` */
  readonly what: string;
  /** On the node. */
  readonly source: string;
  readonly sourceFormat: string;
  /** Virtual size: what the node's pool must have room for meanwhile. */
  readonly size: number;
  /** Absolute, here. */
  readonly file: string;
}
