import type { BackingFile, Disk, Graphics, Interface } from "./domain-details.ts";
import { wholeNumber } from "./number.ts";
import { attribute, child, type XmlElement } from "./xml.ts";

export function parseDisk(disk: XmlElement): Disk {
  const type = attribute(disk, "type") ?? "file";
  const source = child(disk, "source");
  const pool = attribute(source, "pool");
  const name = attribute(source, "volume");
  const device = attribute(disk, "device");
  return {
    target: attribute(child(disk, "target"), "dev") ?? "",
    bus: attribute(child(disk, "target"), "bus"),
    device: device === "cdrom" || device === "floppy" || device === "lun" ? device : "disk",
    type,
    source: sourceText(type, source),
    volume: type === "volume" && pool !== null && name !== null ? { pool, name } : null,
    format: attribute(child(disk, "driver"), "type"),
    readonly: child(disk, "readonly") !== undefined,
    shareable: child(disk, "shareable") !== undefined,
    backing: backingChain(disk),
  };
}

/** Never what may hold a secret: a network source's query, cookies and login stay out. */
function sourceText(type: string, source: XmlElement | undefined): string | null {
  const pool = attribute(source, "pool");
  if (type === "volume") return pool === null ? null : `${pool}/${attribute(source, "volume") ?? ""}`;
  if (type === "network") {
    const protocol = attribute(source, "protocol");
    return protocol === null ? null : `${protocol}:${attribute(source, "name") ?? ""}`;
  }
  if (type === "nvme") return nvmeText(source);
  return ["file", "dev", "dir", "path"].map((name) => attribute(source, name)).find((text) => text !== null) ?? null;
}

/** A controller of the node, by its address on the bus, and the namespace in it: `nvme:0000:01:00.0/1`. */
function nvmeText(source: XmlElement | undefined): string {
  const address = child(source, "address");
  const [domain, bus, slot, part] = ["domain", "bus", "slot", "function"].map((name) =>
    attribute(address, name)?.replace("0x", ""),
  );
  return `nvme:${domain}:${bus}:${slot}.${part}/${attribute(source, "namespace")}`;
}

/** libvirt writes `<backingStore/>` where the chain ends, and nothing where it has not looked. */
function backingChain(disk: XmlElement): BackingFile[] | null {
  let store = child(disk, "backingStore");
  if (!store) return null;
  const chain: BackingFile[] = [];
  for (let type = attribute(store, "type"); type !== null; type = attribute(store, "type")) {
    chain.push({
      type,
      source: sourceText(type, child(store, "source")),
      format: attribute(child(store, "format"), "type"),
    });
    store = child(store, "backingStore");
  }
  return chain;
}

export function parseInterface(element: XmlElement): Interface {
  const source = child(element, "source");
  const sources = ["network", "bridge", "dev", "path", "name"].map((name) => attribute(source, name));
  return {
    mac: attribute(child(element, "mac"), "address")?.toLowerCase() ?? null,
    type: isOfNetwork(element) ? "network" : (attribute(element, "type") ?? ""),
    source: sources.find((text) => text !== null) ?? null,
    bridge: attribute(source, "bridge"),
    model: attribute(child(element, "model"), "type"),
    target: attribute(child(element, "target"), "dev"),
    link: attribute(child(element, "link"), "state") === "down" ? "down" : "up",
  };
}

/**
 * Of a card that runs libvirt writes what its network makes it: one on a network of a bridge or of macvtap is a `bridge` or
 * `direct` then, with its network beside it. A `hostdev` stays one: it is a device of the node.
 */
function isOfNetwork(element: XmlElement): boolean {
  const type = attribute(element, "type");
  return (type === "bridge" || type === "direct") && attribute(child(element, "source"), "network") !== null;
}

export function parseGraphics(element: XmlElement): Graphics {
  const listen = child(element, "listen");
  const port = (name: string) => {
    const value = wholeNumber(attribute(element, name));
    return value !== null && value > 0 ? value : null;
  };
  return {
    type: attribute(element, "type") ?? "",
    port: port("port"),
    tlsPort: port("tlsPort"),
    autoport: attribute(element, "autoport") === "yes",
    listen: attribute(element, "listen") ?? attribute(listen, "address"),
    socket: attribute(element, "socket") ?? attribute(listen, "socket"),
  };
}
