import { virshSteps, virshTexts } from "./domain-query.ts";
import type { DomainName } from "./domains.ts";
import { parseDomainNames, parseUuids } from "./domains.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** Every domain of a node. */
export const namesQuery: Query<readonly DomainName[]> = {
  steps: [{ access: "read", virsh: [["list", "--all", "--uuid", "--name"]] }],
  parse([answer]) {
    if (answer?.code !== 0) throw new UnexpectedOutput("virsh list", "a failure");
    return parseDomainNames(answer.texts[0] ?? "");
  },
};

/** UUIDs of the domains whose memory libvirt has saved, and that go on with it when they start. */
export const savedQuery = thoseWith("--with-managed-save");

/** UUIDs of the domains that have snapshots. */
export const withSnapshotsQuery = thoseWith("--with-snapshot");

function thoseWith(flag: string): Query<readonly string[]> {
  return {
    steps: [{ access: "read", virsh: [["list", "--all", flag, "--uuid"]] }],
    parse([answer]) {
      if (answer?.code !== 0) throw new UnexpectedOutput("virsh list", "a failure");
      return parseUuids(answer.texts[0] ?? "");
    },
  };
}

/** All that a domain is and will be, as XML; "" where libvirt did not say. */
export interface Definitions {
  readonly now: string;
  readonly next: string;
  /** What it is again once it starts from its saved memory, whatever its definition is by then; only where it has some. */
  readonly saved?: string;
  readonly snapshots: readonly string[];
  readonly checkpoints: readonly string[];
}

const commandsPerGuest = 4;

/**
 * What these domains are, what they will be, and the names of their snapshots and checkpoints.
 * @param saved those that have saved memory
 */
export function definitionsOfQuery(
  uuids: readonly string[],
  saved: readonly string[] = [],
): Query<readonly Definitions[]> {
  const withMemory = uuids.filter((uuid) => saved.includes(uuid));
  const steps = virshSteps([
    ...uuids.flatMap((uuid) => [
      ["dumpxml", uuid],
      ["dumpxml", uuid, "--inactive"],
      ["snapshot-list", uuid, "--name"],
      ["checkpoint-list", uuid, "--name"],
    ]),
    ...withMemory.map((uuid) => ["managedsave-dumpxml", uuid]),
  ]);
  const lines = (text = "") => text.split("\n").filter((line) => line !== "");
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      const memory = texts.slice(uuids.length * commandsPerGuest);
      return uuids.map((uuid, index) => {
        const [now = "", next = "", snapshots, checkpoints] = texts.slice(
          index * commandsPerGuest,
          (index + 1) * commandsPerGuest,
        );
        const known = { now, next, snapshots: lines(snapshots), checkpoints: lines(checkpoints) };
        return withMemory.includes(uuid) ? { ...known, saved: memory[withMemory.indexOf(uuid)] ?? "" } : known;
      });
    },
  };
}

/** The XML of snapshots, in their order; "" where libvirt did not say. */
export function snapshotXmlQuery(
  snapshots: readonly { readonly uuid: string; readonly name: string }[],
): Query<readonly string[]> {
  const steps = virshSteps(snapshots.map(({ uuid, name }) => ["snapshot-dumpxml", uuid, "--snapshotname", name]));
  return { steps, parse: (answers) => virshTexts(steps, answers) };
}

/** What this virsh's `undefine` can be told. */
export const undefineOptionsQuery: Query<ReadonlySet<string>> = {
  steps: [{ access: "read", virsh: [["help", "undefine"]] }],
  parse: ([answer]) => new Set((answer?.texts[0] ?? "").match(/--[a-z-]+/g) ?? []),
};

/** What guests are again once they start from their saved memory, by UUID; "" where libvirt did not say. */
export function savedXmlQuery(uuids: readonly string[]): Query<ReadonlyMap<string, string>> {
  const steps = virshSteps(uuids.map((uuid) => ["managedsave-dumpxml", uuid]));
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return new Map(uuids.map((uuid, index) => [uuid, texts[index] ?? ""]));
    },
  };
}
