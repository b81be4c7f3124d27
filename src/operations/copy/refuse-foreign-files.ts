import { readForeignFiles } from "../../libvirt/foreign-files.ts";
import type { Node } from "../../node/node.ts";
import { refused } from "../build-refusals.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { compareFiles } from "../same-files.ts";
import { scpCommand } from "../scp-command.ts";

/**
 * Throws UserError (exit 6) for a definition that would give a guest of another node what is that node's: a file to write, a
 * program to run, or a content that the source's node does not have. What is only read, and the same there, is let pass, as
 * is firmware that libvirt there offers. Rejects with NodeError.
 * @param xml the definition that the copy gets
 * @param own paths of its own files
 */
export async function refuseForeignFiles(
  guest: FoundGuest,
  target: { readonly node: Node; readonly loaders: readonly string[] },
  { xml, own }: { readonly xml: string; readonly own: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<void> {
  const { node } = target;
  const place = guestPlace(guest);
  const files = readForeignFiles(xml, new Set(own)).filter(
    ({ use, path }) => use !== "firmware" || !target.loaders.includes(path),
  );
  const other = files.find(({ use }) => use === "other");
  if (other)
    throw refused(
      `the ${other.what} of ${place} is tied to ${guest.node.name}: ${other.path}`,
      fixOf(other, place, `mclu edit ${place}`),
    );
  const pairs = files.map(({ path }) => ({ here: path, there: path }));
  const found = await compareFiles(guest.node, node, pairs, signal);
  for (const [index, file] of files.entries()) {
    const { what, path } = file;
    const likeness = found[index];
    if (likeness === "same") continue;
    const copy = scpCommand(guest.node, node, path);
    throw likeness === "absent"
      ? refused(
          `${node.name} has no ${path}, the ${what} of ${place}`,
          fixOf(file, place, `${copy}; or mclu edit ${place}`),
        )
      : refused(
          `${node.name} has another file at ${path}, the ${what} of ${place}`,
          fixOf(file, place, `mclu edit ${place}`),
        );
  }
}

function fixOf({ what }: { readonly what: string }, place: string, otherwise: string): string {
  const [, medium] = /^cdrom (\w+)$/.exec(what) ?? [];
  return medium === undefined ? otherwise : `mclu iso eject ${place} ${medium}`;
}
