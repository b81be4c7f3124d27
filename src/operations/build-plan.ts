import type { NodeAnswer } from "./list.ts";
import type { LoginKey } from "./login-keys.ts";
import type { Demand, Fit } from "./placement.ts";
import type { LocalFileInfo } from "./template-files.ts";

/** A guest that will be built. Bytes. */
export interface BuildTarget {
  readonly node: string;
  readonly name: string;
  readonly memory: number;
  readonly vcpus: number;
  /** null: as large as the image is. */
  readonly size: number | null;
  readonly network: { readonly kind: "network" | "bridge"; readonly name: string };
  readonly pool: string;
  /** Absolute, on the node. */
  readonly disk: string;
  readonly format: "qcow2" | "raw";
  readonly firmware: Demand["firmware"];
  readonly graphics: Demand["graphics"];
  readonly start: boolean;
  /** Keys that will open it, as root. */
  readonly keys: readonly LoginKey[];
  /** How every node did when this one was chosen; empty: it was named. */
  readonly fits: readonly Fit[];
  /** What the user should know before: one sentence each. */
  readonly notes: readonly string[];
}

/** What `build` will do: printed by --dry-run, applied as it is. */
export interface BuildPlan {
  readonly template: { readonly name: string; readonly file: string };
  /** In the order they run, passwords as `***`. */
  readonly steps: readonly string[];
  /** Of this machine; they travel to the node. */
  readonly files: readonly LocalFileInfo[];
  readonly targets: readonly BuildTarget[];
  readonly nodes: readonly NodeAnswer[];
}
