import type { GuestLook } from "../libvirt/guest-look.ts";

/**
 * What the user is told before and after a change of a guest's definition.
 * @param later why something has no effect before the next start, in whole sentences
 * @param notes what else there is to know before
 */
export function whenItWorks(
  { managedSave }: GuestLook,
  live: boolean,
  later: readonly string[],
  notes: readonly string[] = [],
): { readonly notes: readonly string[]; readonly after: string | null } {
  const saved =
    managedSave && !live
      ? [
          "its saved memory is resumed first, as the guest was when it was saved; the change comes with the start after that",
        ]
      : [];
  const both = [...later, ...saved];
  return { notes: [...notes, ...both], after: both.length === 0 ? null : both.join("\n") };
}
