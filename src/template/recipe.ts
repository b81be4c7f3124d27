import type { Network } from "../values.ts";
import type { Checksum, Source } from "./source.ts";
import type { TemplateStep } from "./step.ts";

/** What a guest's disk begins as. */
export type Base =
  | {
      readonly kind: "virt-builder";
      /** virt-builder's name, as `virt-builder --list` on a node shows it. */
      readonly image: string;
      readonly checkSignature: boolean;
    }
  | { readonly kind: "cloud-image"; readonly source: Source; readonly checksum: Checksum | null };

/** A template that was read and found right. */
export interface Recipe {
  readonly name: string;
  /** Absolute path of the template. */
  readonly file: string;
  readonly description: string | null;
  readonly base: Base;
  /** Bytes. */
  readonly memory: number;
  readonly vcpus: number;
  /** Bytes of the disk; null: as large as the image is. */
  readonly size: number | null;
  readonly firmware: "bios" | "uefi";
  /** null: what the node's settings say. */
  readonly network: Network | null;
  /** null: what the node's settings say. */
  readonly pool: string | null;
  readonly graphics: "vnc" | "spice" | "none";
  /** libosinfo's short id. */
  readonly os: string | null;
  /** Whether those who ship it build it in their tests; null: nobody said. */
  readonly tested: boolean | null;
  readonly steps: readonly TemplateStep[];
}
