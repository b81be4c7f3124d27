import { virshSteps, virshTexts } from "./domain-query.ts";
import type { Query } from "./query.ts";

/** The snapshots of a guest, by name. */
export interface SnapshotNames {
  readonly names: readonly string[];
  /** The one that it was last reverted to, or that was made last. */
  readonly current: string | null;
}

const commandsPerGuest = 2;

/** The names of guests' snapshots, in the order of the UUIDs. */
export function snapshotNamesQuery(uuids: readonly string[]): Query<readonly SnapshotNames[]> {
  const steps = virshSteps(
    uuids.flatMap((uuid) => [
      ["snapshot-list", uuid, "--name"],
      ["snapshot-current", uuid, "--name"],
    ]),
  );
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return uuids.map((_, index) => {
        const [names = "", current = ""] = texts.slice(index * commandsPerGuest, (index + 1) * commandsPerGuest);
        return { names: names.split("\n").filter((name) => name !== ""), current: current === "" ? null : current };
      });
    },
  };
}

/** The version of the node's libvirt, as `major * 1000000 + minor * 1000 + release`; null: it does not say. */
export const libvirtVersionQuery: Query<number | null> = {
  steps: virshSteps([["version", "--daemon"]]),
  parse(answers) {
    const [text = ""] = virshTexts(libvirtVersionQuery.steps, answers);
    const [, major, minor, release] = /^Running against daemon: (\d{1,4})\.(\d{1,3})\.(\d{1,3})$/m.exec(text) ?? [];
    return major === undefined ? null : Number(major) * 1_000_000 + Number(minor) * 1000 + Number(release);
  },
};
