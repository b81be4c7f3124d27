import { bootFiles } from "../../libvirt/boot-files.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { Obstacle } from "./move-plan.ts";

/** Files that a guest starts from, as it runs or at its next start, and that a node has not. Rejects with NodeError. */
export async function missingBootFiles(
  { xml }: GuestLook,
  source: Node,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const wanted = new Map([xml.now, xml.next].flatMap((text) => bootFiles(text).map(({ path, kind }) => [path, kind])));
  const paths = [...wanted.keys()];
  const facts = await target.ask(filesQuery(paths), { signal, patient: true });
  return paths
    .filter((_, index) => (facts[index] ?? null) === null)
    .map((path) => ({
      why: `it has no ${path}, which the guest starts from`,
      fix:
        wanted.get(path) === "program"
          ? `on ${target.name}: install the package that ${source.name} has it from (mclu exec ${quote(source.name)} -- dpkg -S ${quote(path)}, or rpm -qf)`
          : `copy ${quote(path)} from ${source.name} to the same place on ${target.name}`,
    }));
}
