import { posix } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { type BuildHost, buildHostQuery } from "../libvirt/build-host.ts";
import { customizeOptionsQuery } from "../libvirt/customize-options.ts";
import { combine, type Query } from "../libvirt/query.ts";
import { type TemplateRoom, templateRoomQuery } from "../libvirt/template-room.ts";
import { quote } from "../node/shell.ts";
import { formatExactSize } from "../size.ts";
import { unknownSteps } from "../template/delivery.ts";
import type { Recipe } from "../template/recipe.ts";
import type { TemplateStep } from "../template/step.ts";
import { askOne } from "./ask-one.ts";
import { refused } from "./build-refusals.ts";
import { packagesOf } from "./packages.ts";

/** Bytes: the appliance of libguestfs and what it writes beside the disk. */
const leastTemporary = 1024 ** 3;

/** Where a guest's files will be. */
interface Places {
  /** Of the pool. */
  readonly directory: string;
  /** What must not be there yet. */
  readonly files: readonly string[];
}

/** Looks whether a node can build this. Throws UserError: exit 6 for what stands against it, 5 where it does not answer. */
export async function lookAtBuilder(
  cluster: Cluster,
  name: string,
  places: Places,
  recipe: Recipe,
  signal: AbortSignal | undefined,
): Promise<BuildHost> {
  const tools = toolsOf(recipe.base);
  const { base } = recipe;
  const room: Query<TemplateRoom | null> = base.kind === "virt-builder" ? templateRoomQuery(base.image) : nothing;
  const more = combine(customizeOptionsQuery, room);
  const [host, [known, template]] = await lookAtHost(cluster, name, places, tools, more, signal);
  if (known === null)
    throw refused(`${name} lacks virt-customize`, `mclu exec ${name} -- apt-get install guestfs-tools`);
  refuseSteps(name, recipe, known);
  if (template !== null) refuseTemplate(name, template, host);
  return host;
}

/** An image that lies on the node is not fetched. */
function toolsOf(base: Recipe["base"]): readonly string[] {
  if (base.kind === "virt-builder") return ["virt-builder"];
  return base.source.kind === "url" ? ["virt-customize", "curl"] : ["virt-customize"];
}

const nothing: Query<null> = { steps: [], parse: () => null };

/** A template is said to be looked at as a whole; what the command line gave is not in it. */
function refuseSteps(name: string, { name: template, steps }: Recipe, known: ReadonlySet<string>): void {
  const isGiven = ({ origin }: TemplateStep) => origin.from === "command line";
  const [own] = unknownSteps(
    steps.filter((step) => !isGiven(step)),
    known,
  );
  if (own !== undefined) throw refused(own, `mclu template validate --node ${name} ${quote(template)}`);
  const [given] = unknownSteps(steps.filter(isGiven), known);
  if (given !== undefined)
    throw refused(given, `without it, or on another node; its version: mclu exec ${name} -- virt-customize --version`);
}

/** What it surely takes; how much it comes to when it is unpacked nobody says, and the job watches that. */
function refuseTemplate(name: string, { cache, free, cached, fetched }: TemplateRoom, { temporary }: BuildHost): void {
  if (fetched === null) return;
  const size = (bytes: number) => formatExactSize(Math.ceil(bytes / 1024 ** 2) * 1024 ** 2);
  const look = (path: string) => `mclu exec ${name} -- df -h ${quote(path)}`;
  if (!cached && free !== null && free < fetched)
    throw refused(
      `virt-builder would keep ${size(fetched)} in ${cache} of ${name}, where ${size(free)} are free`,
      look(posix.dirname(cache)),
    );
  if (temporary < leastTemporary + fetched)
    throw refused(
      `virt-builder unpacks the template in /var/tmp of ${name}, where ${size(temporary)} are free: ${size(leastTemporary + fetched)} at least`,
      look("/var/tmp"),
    );
}

/**
 * Looks whether a job can make a guest's files on a node, and asks one more thing in the same round trip. Throws UserError
 * as `lookAtBuilder` does.
 */
export async function lookAtHost<T>(
  cluster: Cluster,
  name: string,
  { directory, files }: Places,
  tools: readonly string[],
  more: Query<T>,
  signal: AbortSignal | undefined,
): Promise<readonly [BuildHost, T]> {
  const node = cluster.node(name);
  const programs = ["qemu-img", "setsid", "flock", "sha256sum", ...tools];
  const query = combine(buildHostQuery(directory, files, programs), more);
  const [host, answer] = await askOne(cluster, node, () => node.ask(query, { signal, patient: true }), signal);
  if (host.missing.length > 0)
    throw refused(
      `${name} lacks ${host.missing.join(", ")}`,
      `mclu exec ${name} -- apt-get install ${packagesOf(host.missing)}`,
    );
  if (!host.writable)
    throw refused(
      `the login of ${name} may not write into ${directory}`,
      host.isRoot ? `mclu exec ${name} -- ls -ld ${quote(directory)}` : `become = sudo, in [node.${name}] of mclu.conf`,
    );
  if (host.closed !== null)
    throw refused(
      `qemu on ${name} could not read the disk: it does not run as root, and ${host.closed} is closed to others`,
      `a pool outside of it, or: mclu exec ${name} -- chmod o+x ${quote(host.closed)}`,
    );
  if (host.temporary < leastTemporary)
    throw refused(`/var/tmp of ${name}, where libguestfs works, is nearly full`, `mclu exec ${name} -- df -h /var/tmp`);
  const [taken] = host.taken;
  if (taken !== undefined)
    throw refused(
      `${taken} is there already on ${name}`,
      `mclu exec ${name} -- ls -l ${quote(taken)}\nwhere making it was cut short: mclu gc ${name}`,
    );
  return [host, answer];
}
