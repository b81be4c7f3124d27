import { type HostFacts, libvirtCap } from "../../libvirt/doctor-facts.ts";
import { quote } from "../../node/shell.ts";
import { type Examined, type Finding, ok, problem, warning } from "./finding.ts";

/** libvirt's daemons, the rights of the login, KVM, and the network of new guests. */
export function libvirtFindings(examined: Examined): readonly Finding[] {
  return [daemon(examined), ...rights(examined), kvm(examined), ...network(examined)];
}

/** How packages are installed on a node; its package manager's own word where that is not known. */
export function install(node: string, { manager }: HostFacts, debian: string, others: string): string {
  const words = manager === "dnf" || manager === "zypper" ? others : debian;
  return `mclu exec ${quote(node)} -- ${manager ?? "apt-get"} install -y ${words}`;
}

function daemon({ settings: { name }, facts: { host, libvirt, hung } }: Examined): Finding {
  const systemctl = (words: string) => `mclu exec ${quote(name)} -- systemctl ${words}`;
  // as libvirt's own clients see it: with modular daemons libvirt-sock may be there as well, virtproxyd's
  const isModular =
    host.sockets.includes("virtqemud-sock") ||
    (host.programs.includes("virtqemud") && !host.sockets.includes("libvirt-sock"));
  if (!host.programs.includes("virsh"))
    return problem(
      "libvirt",
      "virsh is not there",
      install(name, host, "libvirt-clients libvirt-daemon-system", "libvirt-client libvirt-daemon-kvm"),
    );
  const main = isModular ? "virtqemud" : "libvirtd";
  if (libvirt === null && hung)
    return problem("libvirt", `${main} does not answer within ${libvirtCap} s`, systemctl(`restart ${main}`));
  if (libvirt === null) return problem("libvirt", `${main} does not answer`, systemctl(`enable --now ${main}`));
  const missing = ["virtnetworkd", "virtstoraged"].filter((one) => !host.sockets.includes(`${one}-sock`));
  if (isModular && missing.length > 0)
    return problem(
      "libvirt",
      `${missing.join(" and ")} does not run`,
      systemctl(`enable --now ${missing.map((one) => `${one}.socket`).join(" ")}`),
    );
  return ok("libvirt", `${libvirt.version ?? "of unknown version"}, ${isModular ? "modular daemons" : "libvirtd"}`);
}

function rights({ settings: { name, become }, facts: { host, libvirt } }: Examined): readonly Finding[] {
  if (libvirt === null) return [];
  const who = become === "sudo" ? `${host.user}, by sudo` : host.user;
  if (libvirt.writable) return [ok("rights", `${who} may change guests`)];
  return [
    problem(
      "rights",
      `${who} may look at guests and not change them`,
      host.isRoot || become === "sudo"
        ? `see why libvirt refuses it: mclu virsh ${quote(name)} -- uri`
        : `set become = sudo in [node.${name}] of mclu.conf`,
    ),
  ];
}

function kvm({ settings: { name }, facts: { host } }: Examined): Finding {
  if (host.kvm) return ok("kvm", "there");
  if (host.virtualization === null)
    return warning(
      "kvm",
      "the processor offers none (or its firmware has it off): guests are emulated, slowly",
      `switch VT-x (AMD: SVM) on in the firmware of ${name}; where it is a guest itself, on its host`,
    );
  const module = host.virtualization === "vmx" ? "kvm_intel" : "kvm_amd";
  return warning(
    "kvm",
    "the module is not loaded: guests are emulated, slowly",
    `mclu exec ${quote(name)} -- modprobe ${module}`,
  );
}

function network({ settings, facts: { libvirt } }: Examined): readonly Finding[] {
  if (libvirt === null) return [];
  const { kind, name } = settings.network;
  const virsh = (words: string) => `mclu virsh ${quote(settings.name)} -- ${words} ${quote(name)}`;
  const what = kind === "bridge" ? `the bridge ${name}` : name;
  const found = libvirt.network;
  if (!found) {
    const fix =
      kind === "bridge"
        ? `network = NETWORK in [node.${settings.name}] of mclu.conf`
        : `mclu virsh ${quote(settings.name)} -- net-list --all`;
    return [problem("network", `there is no network ${name}`.replace("network", kind), fix)];
  }
  if (!found.active) return [problem("network", `${what} is not active`, virsh("net-start"))];
  if (!found.autostart)
    return [warning("network", `${what} will not be active after a reboot`, virsh("net-autostart"))];
  return [ok("network", `${what} is active`)];
}
