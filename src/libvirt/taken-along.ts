import { attribute, child, children, parseXml, type XmlElement } from "./xml.ts";

/** Something of a node's that a definition names and that is opened by that name wherever the guest runs. */
export interface TakenAlong {
  /** `serial`, `log of console` ... */
  readonly what: string;
  readonly path: string;
}

const characterDevices = ["serial", "parallel", "console", "channel"];
const opened: ReadonlySet<string> = new Set(["file", "pipe", "dev", "unix"]);
/** libvirt's own on every node, where it makes sockets and logs by the guest's name. */
const ownPlaces = ["/var/lib/libvirt/", "/run/libvirt/", "/var/run/libvirt/", "/var/log/libvirt/"];

/** The files that a guest's character devices write, read or listen at, outside of what libvirt makes. Throws UnexpectedOutput. */
export function takenAlong(xml: string): readonly TakenAlong[] {
  const devices = child(parseXml(xml, "domain"), "devices");
  return characterDevices.flatMap((name) => children(devices, name)).flatMap(filesOf);
}

/** Whether a definition has a TPM of the node's: an emulator's state goes with the guest. Throws UnexpectedOutput. */
export function hasNodeTpm(xml: string): boolean {
  const tpms = children(child(parseXml(xml, "domain"), "devices"), "tpm");
  return tpms.some((tpm) => attribute(child(tpm, "backend"), "type") !== "emulator");
}

/** Namespaces of what a definition tells a hypervisor past libvirt: qemu's `commandline`, `override` ... */
const hypervisors = "http://libvirt.org/schemas/domain/";

/** Whether a definition has words for qemu that libvirt hands on as they are, whatever their prefix is. Throws UnexpectedOutput. */
export function hasArguments(xml: string): boolean {
  return children(parseXml(xml, "domain")).some(({ namespaceURI }) => namespaceURI?.startsWith(hypervisors));
}

/** Whether a definition says itself as whom or under which label its qemu runs, which libvirt decides else. Throws UnexpectedOutput. */
export function hasOwnLabels(xml: string): boolean {
  const types = children(parseXml(xml, "domain"), "seclabel").map((label) => attribute(label, "type"));
  return types.includes("none") || types.includes("static");
}

/** Types of cards that name a network or a bridge, which a guest is on anyway, or none. */
const plainCards: ReadonlySet<string | null> = new Set(["network", "bridge", "user"]);

/**
 * A device that reaches something of its node, or from there, by a name or an address that means another thing elsewhere;
 * null: none. Files, devices that are handed on, and what stands above are told of there. Throws UnexpectedOutput.
 */
export function reachingDevice(xml: string): string | null {
  const devices = child(parseXml(xml, "domain"), "devices");
  const named = (name: string) => children(devices, name);
  const card = named("interface").find((one) => !plainCards.has(attribute(one, "type")) && !isHandedOn(one));
  if (card) return `a network card of type ${attribute(card, "type")}`;
  const ports = [...characterDevices, "redirdev", "smartcard"].flatMap(named);
  const backends = named("rng").flatMap((rng) => children(rng, "backend"));
  const port = [...ports, ...backends].find((one) => ["tcp", "udp"].includes(attribute(one, "type") ?? ""));
  if (port) return `a ${port.tagName === "backend" ? "rng" : port.tagName} device of type ${attribute(port, "type")}`;
  const [memory] = named("shmem");
  if (memory) return `the shared memory ${attribute(memory, "name")}`;
  if (named("smartcard").some((one) => attribute(one, "mode")?.startsWith("host"))) return "its smartcard";
  const isSecret = (disk: XmlElement) => child(disk, "auth") ?? child(disk, "source", "auth");
  return named("disk").some(isSecret) ? "a disk with a secret of its libvirt" : null;
}

function isHandedOn(card: XmlElement): boolean {
  return attribute(card, "type") === "hostdev";
}

function filesOf(device: XmlElement): readonly TakenAlong[] {
  const { tagName } = device;
  const type = attribute(device, "type") ?? "";
  const found = [
    ...(opened.has(type) ? [{ what: tagName, path: attribute(child(device, "source"), "path") }] : []),
    { what: `log of ${tagName}`, path: attribute(child(device, "log"), "file") },
  ];
  return found.flatMap(({ what, path }) =>
    path === null || path === "/dev/null" || isOwn(path) ? [] : [{ what, path }],
  );
}

function isOwn(path: string): boolean {
  return ownPlaces.some((place) => path.startsWith(place)) && !path.split("/").includes("..");
}
