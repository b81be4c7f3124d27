import { attribute, child, children, parseXml, textOf } from "./xml.ts";

/** A file of its node without which a guest does not start, its disks and what it writes aside. */
export interface BootFile {
  /** `program`: what a package brings; `firmware`: UEFI, which one brings as a rule; `own`: what somebody put there for guests. */
  readonly kind: "program" | "firmware" | "own";
  readonly path: string;
}

/**
 * Of a domain: kernel, initrd, device tree and ACPI tables; the emulator, UEFI and what its variables begin as. Throws
 * UnexpectedOutput.
 */
export function bootFiles(xml: string): readonly BootFile[] {
  const domain = parseXml(xml, "domain");
  const os = child(domain, "os");
  const own = ["kernel", "initrd", "dtb"].map((name) => textOf(child(os, name)));
  const tables = children(child(os, "acpi"), "table").map(textOf);
  const programs = [textOf(child(domain, "devices", "emulator")), attribute(child(os, "nvram"), "template")];
  return [
    ...filesOf("own", [...own, ...tables]),
    ...filesOf("program", programs),
    ...filesOf("firmware", [textOf(child(os, "loader"))]),
  ];
}

/** The UEFI that a domain boots with, by its path; null where it names none. Throws UnexpectedOutput. */
export function loaderOf(xml: string): string | null {
  return textOf(child(parseXml(xml, "domain"), "os", "loader"));
}

/** What the UEFI variables of a domain begin as; null where it does not say. Throws UnexpectedOutput. */
export function templateOf(xml: string): string | null {
  return attribute(child(parseXml(xml, "domain"), "os", "nvram"), "template");
}

/**
 * The UEFI variables of a domain that are no file or device of its node, as `PROTOCOL:NAME` (libvirt 8.5 and later: `<nvram
 * type='network'>`); null where they are, or it has none. Throws UnexpectedOutput.
 */
export function networkVariables(xml: string): string | null {
  const nvram = child(parseXml(xml, "domain"), "os", "nvram");
  const source = child(nvram, "source");
  if (attribute(nvram, "type") !== "network" || !source) return null;
  return `${attribute(source, "protocol") ?? "network"}:${attribute(source, "name") ?? ""}`;
}

/**
 * Whether libvirt chooses the file of a domain's UEFI variables each time that it starts, as 9.0 does where it chooses the
 * firmware too: it says which only while the domain runs. Throws UnexpectedOutput.
 */
export function choosesVariables(xml: string): boolean {
  const os = child(parseXml(xml, "domain"), "os");
  const [loader, nvram] = [child(os, "loader"), child(os, "nvram")];
  // such a firmware has none
  const hasNone = attribute(loader, "stateless") === "yes" || attribute(loader, "type") === "rom";
  return attribute(os, "firmware") === "efi" && !hasNone && !child(nvram, "source") && textOf(nvram) === null;
}

function filesOf(kind: BootFile["kind"], paths: readonly (string | null)[]): BootFile[] {
  return paths.flatMap((path) => (path?.startsWith("/") ? [{ kind, path }] : []));
}
