import { choosesVariables } from "../libvirt/boot-files.ts";
import type { Node } from "../node/node.ts";

/** Where libvirt of a system keeps UEFI variables. */
const variablesDirectory = "/var/lib/libvirt/qemu/nvram";

type Place = Pick<Node, "settings">;

/** The file that libvirt chooses for the UEFI variables of a guest: it goes by the name. null: where is not known. */
export function variablesFile({ settings }: Place, name: string): string | null {
  // a session has them below its user's home
  return /^qemu(?:\+\w+)?:\/\/[^/]*\/system\b/.test(settings.uri) ? `${variablesDirectory}/${name}_VARS.fd` : null;
}

/**
 * The file of UEFI variables that a guest's definition does not name. null: it names one, the guest has none, or where they
 * are is not known. Throws UnexpectedOutput.
 * @param next the definition that it starts with next
 */
export function chosenVariables(guest: { readonly node: Place; readonly name: string }, next: string): string | null {
  return choosesVariables(next) ? variablesFile(guest.node, guest.name) : null;
}
