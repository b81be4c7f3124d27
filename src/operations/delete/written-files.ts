import { readForeignFiles } from "../../libvirt/foreign-files.ts";
import { type FileFate, isRegular } from "./fate.ts";
import type { NodeEvidence } from "./gather.ts";

/** What a guest writes into a file of its node that is no disk: the content of an NVDIMM, what its firmware or its ports say. */
const written: ReadonlySet<string> = new Set(["memory", "pstore", "tpm", "serial", "parallel", "console"]);

/**
 * Files that a guest has written beside its disks, which stay: somebody else may read them.
 * @param definitions as the guest runs, and as it will start. Throws UnexpectedOutput
 */
export function writtenFiles(
  definitions: readonly string[],
  own: ReadonlySet<string | null>,
  { file }: Pick<NodeEvidence, "file">,
): readonly FileFate[] {
  const named = definitions.flatMap((xml) => readForeignFiles(xml, new Set()));
  const files = new Map<string, string>();
  // libvirt repeats a serial port as a console
  for (const { what, path } of named) if (written.has(what) && !files.has(path)) files.set(path, what);
  return [...files].flatMap(([path, what]): FileFate[] => {
    const found = file(path);
    // a port may be a device or a socket of the node as well
    if (own.has(path) || found === null || !(isRegular(found) || (what === "tpm" && found.kind === "directory")))
      return [];
    return [{ what: `${what} device`, path, size: found.size, fate: "keep", reason: "it is no disk of the guest" }];
  });
}
