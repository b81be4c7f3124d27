import { virshSteps, virshTexts } from "./domain-query.ts";
import type { DomainName } from "./domains.ts";
import { parseDomainNames } from "./domains.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** Every domain of a node. */
export const namesQuery: Query<readonly DomainName[]> = {
  steps: [{ access: "read", virsh: [["list", "--all", "--uuid", "--name"]] }],
  parse([answer]) {
    if (answer?.code !== 0) throw new UnexpectedOutput("virsh list", "a failure");
    return parseDomainNames(answer.texts[0] ?? "");
  },
};

/** All that a domain is and will be, as XML; "" where libvirt did not say. */
export interface Definitions {
  readonly now: string;
  readonly next: string;
  readonly snapshots: readonly string[];
  readonly checkpoints: readonly string[];
}

const commandsPerGuest = 4;

/** What these domains are, what they will be, and the names of their snapshots and checkpoints. */
export function definitionsOfQuery(uuids: readonly string[]): Query<readonly Definitions[]> {
  const steps = virshSteps(
    uuids.flatMap((uuid) => [
      ["dumpxml", uuid],
      ["dumpxml", uuid, "--inactive"],
      ["snapshot-list", uuid, "--name"],
      ["checkpoint-list", uuid, "--name"],
    ]),
  );
  const lines = (text = "") => text.split("\n").filter((line) => line !== "");
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return uuids.map((_, index) => {
        const [now = "", next = "", snapshots, checkpoints] = texts.slice(
          index * commandsPerGuest,
          (index + 1) * commandsPerGuest,
        );
        return { now, next, snapshots: lines(snapshots), checkpoints: lines(checkpoints) };
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
