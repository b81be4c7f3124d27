import type { Cluster } from "../cluster/cluster.ts";
import { type BuildHost, buildHostQuery } from "../libvirt/build-host.ts";
import { customizeOptionsQuery } from "../libvirt/customize-options.ts";
import { combine } from "../libvirt/query.ts";
import { unknownSteps } from "../template/delivery.ts";
import type { Recipe } from "../template/recipe.ts";
import { askOne } from "./ask-one.ts";
import { refused } from "./build-refusals.ts";
import type { Candidate } from "./placement.ts";

/** Bytes: the appliance of libguestfs and what it writes beside the disk. */
const leastTemporary = 1024 ** 3;

/** Looks whether a node can build this. Throws UserError: exit 6 for what stands against it, 5 where it does not answer. */
export async function lookAtHost(
  cluster: Cluster,
  candidate: Candidate,
  { directory, disk }: { readonly directory: string; readonly disk: string },
  recipe: Recipe,
  signal: AbortSignal | undefined,
): Promise<BuildHost> {
  const node = cluster.node(candidate.node);
  const tools = recipe.base.kind === "virt-builder" ? ["virt-builder"] : ["virt-customize", "curl"];
  const programs = ["qemu-img", "setsid", "flock", "sha256sum", ...tools];
  const query = combine(buildHostQuery(directory, disk, programs), customizeOptionsQuery);
  const [host, known] = await askOne(cluster, node, () => node.ask(query, { signal, patient: true }), signal);
  const { name } = node;
  if (host.missing.length > 0 || known === null)
    throw refused(
      `${name} lacks ${[...host.missing, ...(known === null ? ["virt-customize"] : [])].join(", ")}`,
      `mclu exec ${name} -- apt-get install guestfs-tools qemu-utils curl`,
    );
  if (!host.writable)
    throw refused(
      `the login of ${name} may not write into ${directory}`,
      host.isRoot ? `mclu exec ${name} -- ls -ld ${directory}` : `become = sudo, in [node.${name}] of mclu.conf`,
    );
  if (host.closed !== null)
    throw refused(
      `qemu on ${name} could not read the disk: it does not run as root, and ${host.closed} is closed to others`,
      `a pool outside of it, or: mclu exec ${name} -- chmod o+x ${host.closed}`,
    );
  if (host.temporary < leastTemporary)
    throw refused(`/var/tmp of ${name}, where libguestfs works, is nearly full`, `mclu exec ${name} -- df -h /var/tmp`);
  if (host.taken)
    throw refused(
      `${disk} is there already on ${name}`,
      `mclu exec ${name} -- ls -l ${disk}\nwhere a build of it was cut short: mclu gc ${name}`,
    );
  const [problem] = unknownSteps(recipe.steps, known);
  if (problem !== undefined) throw refused(problem, `mclu template validate --node ${name} ${recipe.name}`);
  return host;
}
