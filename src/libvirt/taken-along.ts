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

/** Whether a definition has arguments for qemu that libvirt does not understand. */
export function hasArguments(xml: string): boolean {
  return /<(?:[\w.-]+:)?commandline[\s>]/.test(xml);
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
