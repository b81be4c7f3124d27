import type { CopiedVolume } from "./move-shell.ts";

/** A copy of a disk, beside it, that is based on another file. */
export function relinkedName(path: string, id: string): string {
  const at = path.lastIndexOf("/");
  return `${path.slice(0, at)}/.${path.slice(at + 1)}.mclu-${id}.part`;
}

/** What makes that copy; nothing for a disk that stays as it is. */
export function relinkWords({ path, relink }: CopiedVolume, id: string): readonly (readonly string[])[] {
  if (relink === null) return [];
  const part = relinkedName(path, id);
  return [
    ["cp", "--sparse=always", "--reflink=auto", "--", path, part],
    ["qemu-img", "rebase", "-u", "-f", "qcow2", "-b", relink.base, "-F", relink.format, part],
  ];
}
