import { type BootFile, bootFiles } from "../../libvirt/boot-files.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { compareFiles } from "../same-files.ts";
import { scpCommand } from "../scp-command.ts";
import type { Obstacle } from "./move-plan.ts";

/** Where a guest goes, and the firmware that libvirt there has for anybody. */
export interface BootTarget {
  readonly node: FoundGuest["node"];
  readonly loaders: readonly string[];
}

/**
 * Files that a guest starts from, as it runs or at its next start, and that a node has not, or has with another content. What
 * packages bring may be of another version there. Rejects with NodeError.
 */
export async function unlikeBootFiles(
  guest: FoundGuest,
  { xml }: GuestLook,
  target: BootTarget,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const { node } = target;
  const files = [
    ...new Map([xml.now, xml.next].flatMap((text) => bootFiles(text).map((file) => [file.path, file]))).values(),
  ];
  const facts = await node.ask(filesQuery(files.map(({ path }) => path)), { signal, patient: true });
  const missing = files.filter((_, index) => (facts[index] ?? null) === null);
  const compared = files.filter(
    (file) =>
      !missing.includes(file) &&
      (file.kind === "own" || (file.kind === "firmware" && !target.loaders.includes(file.path))),
  );
  const pairs = compared.map(({ path }) => ({ here: path, there: path }));
  const found = await compareFiles(guest.node, node, pairs, signal);
  const unlike = compared.filter((_, index) => found[index] !== "same");
  return [
    ...missing.map((file) => ({
      why: `it has no ${file.path}, which the guest starts from`,
      fix: fixOfMissing(file, guest.node.name, node.name),
    })),
    ...unlike.map(({ path }) => ({
      why: `it has another file ${path}, which the guest starts from`,
      fix: `${scpCommand(guest.node, node, path)} where no guest of ${node.name} starts from it; or mclu edit ${guestPlace(guest)}`,
    })),
  ];
}

function fixOfMissing({ kind, path }: BootFile, from: string, target: string): string {
  return kind === "own"
    ? `copy ${quote(path)} from ${from} to the same place on ${target}`
    : `on ${target}: install the package that ${from} has it from (mclu exec ${quote(from)} -- dpkg -S ${quote(path)}, or rpm -qf)`;
}
