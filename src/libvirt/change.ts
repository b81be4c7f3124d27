import { virshSteps } from "./domain-query.ts";
import type { DomainName, DomainState } from "./domains.ts";
import { domainStates } from "./domains.ts";
import { type Query, UnexpectedOutput } from "./query.ts";
import type { Redefinition } from "./redefinition.ts";

/** One step of a change, on the guest's node; virsh's arguments are without the connection. */
export type Action =
  | {
      readonly virsh: readonly string[];
      /** What virsh finds in /dev/stdin: XML without secrets. */
      readonly input?: string;
    }
  /** Goes on only where this fails; otherwise the change ends here, and `why` says why. */
  | { readonly unless: readonly string[]; readonly why: string }
  /** Goes on only where this says one of these. */
  | { readonly only: readonly string[]; readonly says: readonly string[]; readonly why: string }
  /** Goes on only where what this says has a text in it. */
  | {
      readonly has: readonly string[];
      readonly text: string;
      /** The XML element, without attributes, in whose first occurrence the text must be; otherwise anywhere. */
      readonly within?: string;
      readonly why: string;
      /** What to do where it has not, and will not have; otherwise somebody has changed something, and a new plan goes by that. */
      readonly instead?: string;
    }
  /** Goes on only where no guest but one names a file, and no image is based on it. */
  | { readonly free: FileToFree; readonly but: string }
  /** Goes on only where no image is based on a file. What guests write as `raw`, without newlines in its name, is no image. */
  | { readonly unbased: FileToFree & { readonly raw: readonly string[] } }
  /** Goes on once what this says no longer has a text in it, if that is so within some seconds: guests let go slowly. */
  | {
      readonly until: readonly string[];
      readonly lacks: string;
      readonly seconds: number;
      readonly why: string;
      /** What to do where it still has; otherwise a look at the guest is proposed. */
      readonly instead?: string;
    }
  /** Defines the guest anew, if nobody else has changed it since. */
  | { readonly redefine: Redefinition }
  /** Makes an image at a path where nothing may be. It is removed again where a later action fails. */
  | { readonly make: NewImage }
  /**
   * Removes a file, if it is still the one that was looked at, and nobody has taken it meanwhile. By itself: where one fails
   * the others are removed all the same, and the change counts as done.
   */
  | { readonly remove: FileToRemove };

export interface NewImage {
  readonly path: string;
  /** What it is called, in the same directory, until it is whole. */
  readonly part: string;
  readonly format: "qcow2" | "raw";
  /** Bytes, as the guest sees it. */
  readonly size: number;
}

/** A file that is looked at once more. */
export interface FileToFree {
  readonly path: string;
  /** Device and inode, of what a symbolic link leads to. */
  readonly identity: string;
  /** Directories and files that images may have come into which are based on it. */
  readonly places: readonly string[];
}

export interface FileToRemove extends FileToFree {
  /** libvirt removes it, so that it knows; null: rm does. */
  readonly volume: { readonly pool: string; readonly name: string } | null;
}

/**
 * What is to be done to one guest. Nothing of it is done where the node finds that this UUID no longer has this name; the
 * first action that fails is the last.
 */
export interface Change extends DomainName {
  readonly actions: readonly Action[];
}

/** What became of a change whose end was heard. */
export type ChangeAnswer =
  | {
      readonly kind: "done";
      /** Files that could not be removed. */
      readonly left: readonly LeftFile[];
      /** What libvirt changed beside what it was told, as a difference. */
      readonly surprise?: string;
    }
  /** The UUID has another name by now: nothing was done. */
  | { readonly kind: "renamed"; readonly name: string }
  /** Nobody has that UUID any more: nothing was done. */
  | { readonly kind: "gone" }
  /** An action failed, and those after it were not begun. */
  | { readonly kind: "failed"; readonly done: number; readonly said: string }
  /** Somebody else has made the file that was to be made. */
  | { readonly kind: "taken"; readonly done: number; readonly path: string }
  /** Somebody else has changed the guest since it was read: the difference. */
  | { readonly kind: "conflict"; readonly done: number; readonly difference: string }
  /** An action was cut short at the deadline; libvirt may still be at it. */
  | { readonly kind: "slow"; readonly done: number };

export interface LeftFile {
  readonly path: string;
  readonly why: string;
}

/** A guest's state as it is now; null: libvirt lists the guest and did not say. */
export type CurrentState = DomainState | "gone" | null;

/** The states of some guests, in their order, in one virsh process. */
export function statesQuery(uuids: readonly string[]): Query<readonly CurrentState[]> {
  const steps = virshSteps([["list", "--all", "--uuid"], ...uuids.map((uuid) => ["domstate", uuid])]);
  return {
    steps,
    parse(answers) {
      // a connection that broke in the middle says of no guest that it is gone
      if (answers.some(({ code }) => code !== 0)) throw new UnexpectedOutput("virsh list and domstate", "a failure");
      const texts = answers.flatMap(({ texts }) => texts.slice(0, -1)).map((text) => text.trim());
      const [listed = "", ...states] = texts;
      const present = new Set(listed.split("\n").map((line) => line.trim()));
      return uuids.map((uuid, index) => {
        if (!present.has(uuid)) return "gone";
        return domainStates.find((state) => state === states[index]) ?? null;
      });
    },
  };
}
