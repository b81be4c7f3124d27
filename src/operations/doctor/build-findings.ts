import { commandLine, quote } from "../../node/shell.ts";
import { packagesOf } from "../packages.ts";
import { type Examined, type Finding, ok, problem, warning } from "./finding.ts";
import { install } from "./libvirt-findings.ts";

/** Bytes: what libguestfs wants beside a disk, and `build` therefore too. */
const leastSpace = 1024 ** 3;

const needed = ["virt-builder", "virt-customize", "qemu-img", "setsid", "flock", "sha256sum", "curl"];

/** What building and cloning want: pool, programs, an appliance, space. */
export function buildFindings(examined: Examined): readonly Finding[] {
  return [...pool(examined), tools(examined), appliance(examined), space(examined)];
}

function pool({ settings, facts: { host, libvirt } }: Examined): readonly Finding[] {
  if (libvirt === null) return [];
  const node = quote(settings.name);
  const name = quote(settings.pool);
  const { pool: found } = libvirt;
  if (!found) {
    // what virsh takes by itself would be the login's own libvirt, where it is not root's
    const virsh = `virsh -c ${quote(settings.uri)}`;
    const define = `${virsh} pool-define-as ${name} dir --target /var/lib/libvirt/images && ${virsh} pool-build ${name}`;
    const start = `${virsh} pool-start ${name} && ${virsh} pool-autostart ${name}`;
    return [
      problem("pool", `there is no pool ${settings.pool}`, `mclu exec ${node} -- ${quote(`${define} && ${start}`)}`),
    ];
  }
  if (!found.active)
    return [problem("pool", `${found.name} is not active`, `mclu virsh ${node} -- pool-start ${name}`)];
  if (host.directory !== null && !host.writable) {
    const who = `${host.user} may not write into ${host.directory}`;
    return [
      problem(
        "pool",
        who,
        host.isRoot
          ? `mclu exec ${node} -- ls -ld ${quote(host.directory)}`
          : `set become = sudo in [node.${settings.name}] of mclu.conf`,
      ),
    ];
  }
  const free = found.available === null ? "" : `, ${formatSize(found.available)} free`;
  if (found.available !== null && found.available < leastSpace)
    return [problem("pool", `${found.name} is nearly full${free}`, makeRoom(settings.name, [host.directory ?? "/"]))];
  if (!found.autostart)
    return [
      warning(
        "pool",
        `${found.name} will not be active after a reboot`,
        `mclu virsh ${node} -- pool-autostart ${name}`,
      ),
    ];
  return [ok("pool", `${found.name} is active${free}`)];
}

function tools({ settings: { name }, facts: { host } }: Examined): Finding {
  const missing = needed.filter((one) => !host.programs.includes(one));
  if (missing.length > 0)
    return problem(
      "tools",
      `${missing.join(", ")} missing`,
      install(name, host, packagesOf(missing), packagesOf(missing, "rpm")),
    );
  return ok("tools", Object.values(host.versions).join(", "));
}

function appliance({ settings: { name }, facts: { host } }: Examined): Finding {
  if (host.parts === "fixed") return ok("appliance", "a fixed one");
  // libguestfs wants both each time, also for one that is built
  if (host.parts === null || !host.programs.includes("supermin"))
    return problem(
      "appliance",
      `${host.parts === null ? "the directory supermin.d of libguestfs is not there" : "supermin is not there"}: no appliance can be made`,
      install(name, host, "supermin libguestfs0", "supermin libguestfs-appliance"),
    );
  if (host.appliance) return ok("appliance", "built");
  if (host.kernels.length > 0) return ok("appliance", "not built yet: the first build takes some seconds more");
  const [kernel] = host.unreadable;
  if (kernel !== undefined)
    return problem(
      "appliance",
      `${host.user} may not read ${kernel}, of which libguestfs makes its appliance`,
      `mclu exec ${quote(name)} -- sudo chmod +r ${quote(kernel)}`,
    );
  return problem(
    "appliance",
    "there is no kernel in /boot, of which libguestfs makes its appliance",
    install(name, host, "linux-image-amd64", "kernel"),
  );
}

function space({ settings: { name }, facts: { host } }: Examined): Finding {
  const tight = host.space.filter(({ path, free }) => path !== host.directory && free < leastSpace);
  const show = (places: typeof host.space) => places.map(({ path, free }) => `${path} ${formatSize(free)}`).join(", ");
  if (tight.length > 0)
    return problem(
      "space",
      `nearly full: ${show(tight)} free`,
      makeRoom(
        name,
        tight.map(({ path }) => path),
      ),
    );
  return ok("space", `free: ${show(host.space)}`);
}

/** What to type where these places are full. */
export function makeRoom(name: string, paths: readonly string[]): string {
  const node = quote(name);
  return `mclu gc ${node}, and to see how full it is: mclu exec ${node} -- df -h ${commandLine(paths)}`;
}

function formatSize(bytes: number): string {
  return `${(bytes / leastSpace).toFixed(1)}G`;
}
