import { posix } from "node:path";
import { filesQuery } from "../libvirt/files-query.ts";
import { UnexpectedOutput } from "../libvirt/query.ts";
import { chosenVariables } from "./chosen-variables.ts";
import type { FoundGuest } from "./find-guest.ts";

/** The files that libvirt would look for as a guest's UEFI variables, where no definition names one. */
export interface RenamedVariables {
  /** Under its present name, where it has to be named before that changes; null: the guest has none such yet. */
  readonly own: string | null;
  /** Under its new name, where one is there that would become its own; null: none. */
  readonly taken: string | null;
}

/** Looks for them. Rejects with NodeError. @param xml what the guest starts with next */
export async function renamedVariables(
  guest: FoundGuest,
  newName: string,
  xml: string,
  signal: AbortSignal | undefined,
): Promise<RenamedVariables> {
  const [own, next] = [chosen(guest, xml), chosen({ ...guest, name: newName }, xml)];
  if (own === null || next === null) return { own, taken: null };
  // what this login may not see is there perhaps: it is told by the directory's own entry
  const paths = [own, next, `${posix.dirname(own)}/.`];
  const [there, other, directory] = await guest.node.ask(filesQuery(paths), { signal, patient: true });
  if (there || !directory) return { own, taken: null };
  return { own: null, taken: other ? next : null };
}

function chosen(guest: FoundGuest, xml: string): string | null {
  try {
    return chosenVariables(guest, xml);
  } catch (error) {
    if (error instanceof UnexpectedOutput) return null;
    throw error;
  }
}
