import { XMLSerializer } from "@xmldom/xmldom";
import { type BuildRecord, builtElement } from "./domain-definition.ts";
import { randomMac } from "./random-mac.ts";
import { attribute, child, children, parseXml, type XmlElement } from "./xml.ts";
import { setText } from "./xml-edit.ts";
import { writeXml } from "./xml-writer.ts";

/** What a copy of a guest has of its own. */
export interface OwnParts {
  readonly name: string;
  readonly uuid: string;
  /** Files of the disks that were copied, by target (`vda`); all others are shared with the source. */
  readonly disks: ReadonlyMap<string, { readonly path: string; readonly format: string }>;
  /** File of the UEFI variables; null: the source has none. */
  readonly nvram: string | null;
  /** It goes to another node: what libvirt there finds by itself is left to it. */
  readonly elsewhere?: boolean | undefined;
  readonly built: BuildRecord;
  /** Our marks that it has: elements, as text. */
  readonly marks?: readonly string[];
}

/** Namespaces of ours: a copy is neither protected nor an image because its source is. */
const ours = "urn:mclu:";

/**
 * The definition of a copy, out of its source's `dumpxml --inactive --security-info`. It differs in what two guests of one
 * node cannot share: name and ids, copied disks, hardware addresses, ports and sockets. Throws UnexpectedOutput.
 */
export function copyDefinition(xml: string, own: OwnParts): string {
  const domain = parseXml(xml, "domain");
  setText(domain, "name", own.name);
  setText(domain, "uuid", own.uuid);
  remove(domain, "hwuuid");
  // libvirt makes a new one of an empty element
  if (child(domain, "genid")) setText(domain, "genid", "");
  replaceMetadata(domain, own);
  const system = children(child(domain, "sysinfo", "system"), "entry");
  for (const entry of system) if (attribute(entry, "name") === "uuid") entry.textContent = own.uuid;
  if (own.nvram !== null) setNvram(child(domain, "os"), own.nvram);
  const devices = child(domain, "devices");
  if (own.elsewhere && devices) remove(devices, "emulator");
  if (own.elsewhere) child(domain, "os", "nvram")?.removeAttribute("template");
  for (const disk of children(devices, "disk")) {
    const copy = own.disks.get(attribute(child(disk, "target"), "dev") ?? "");
    if (copy) setDisk(disk, copy);
  }
  for (const card of children(devices, "interface")) setCard(card);
  for (const graphics of children(devices, "graphics")) freePorts(graphics);
  // libvirt chooses a path by itself, below a directory of the guest's own
  for (const channel of children(devices, "channel"))
    if (attribute(channel, "type") === "unix" && attribute(child(channel, "source"), "mode") !== "connect")
      remove(channel, "source");
  for (const cid of children(devices, "vsock").flatMap((vsock) => children(vsock, "cid"))) {
    cid.setAttribute("auto", "yes");
    cid.removeAttribute("address");
  }
  return `${new XMLSerializer().serializeToString(domain)}\n`;
}

function add(parent: XmlElement, name: string): XmlElement {
  const created = documentOf(parent).createElement(name);
  parent.appendChild(created);
  return created;
}

function remove(parent: XmlElement, name: string): void {
  for (const found of children(parent, name)) parent.removeChild(found);
}

function documentOf({ ownerDocument }: XmlElement) {
  if (!ownerDocument) throw new Error("an element without a document");
  return ownerDocument;
}

function replaceMetadata(domain: XmlElement, { built, marks = [] }: OwnParts): void {
  const metadata = child(domain, "metadata") ?? add(domain, "metadata");
  for (const entry of children(metadata)) if (entry.namespaceURI?.startsWith(ours)) metadata.removeChild(entry);
  for (const text of [writeXml(builtElement(built)), ...marks]) {
    const name = /^<(?:[\w-]+:)?(\w+)/.exec(text)?.[1] ?? "";
    metadata.appendChild(documentOf(domain).importNode(parseXml(text, name), true));
  }
}

/** libvirt 8.5 and later may write the path into a <source> of its own; where libvirt chooses the file it writes none. */
function setNvram(os: XmlElement | undefined, path: string): void {
  const source = child(os, "nvram", "source");
  if (source) source.setAttribute("file", path);
  else if (os) setText(os, "nvram", path, ["loader", "type"]);
}

function setDisk(disk: XmlElement, { path, format }: { readonly path: string; readonly format: string }): void {
  disk.setAttribute("type", "file");
  // a file takes no SCSI commands through
  if (attribute(disk, "device") === "lun") disk.setAttribute("device", "disk");
  // libvirt refuses them for what is no LUN
  for (const name of ["rawio", "sgio"]) disk.removeAttribute(name);
  for (const name of ["source", "backingStore", "mirror"]) remove(disk, name);
  const driver = child(disk, "driver") ?? add(disk, "driver");
  driver.setAttribute("name", "qemu");
  driver.setAttribute("type", format);
  add(disk, "source").setAttribute("file", path);
}

function setCard(card: XmlElement): void {
  const mac = child(card, "mac") ?? add(card, "mac");
  mac.setAttribute("address", randomMac());
  // a name of a device on the node, which the source may want again
  remove(card, "target");
  const filter = child(card, "filterref");
  for (const parameter of children(filter, "parameter"))
    if (/^(?:IP|MAC)$/.test(attribute(parameter, "name") ?? "")) filter?.removeChild(parameter);
}

function freePorts(graphics: XmlElement): void {
  const type = attribute(graphics, "type");
  for (const element of [graphics, ...children(graphics, "listen")]) {
    if (attribute(element, "socket") === null) continue;
    element.removeAttribute("socket");
    if (element === graphics && !child(graphics, "listen")) add(graphics, "listen").setAttribute("type", "socket");
  }
  if (type !== "vnc" && type !== "spice") return;
  graphics.removeAttribute("tlsPort");
  graphics.removeAttribute("websocket");
  if (children(graphics, "listen").some((listen) => attribute(listen, "type") === "socket")) return;
  graphics.setAttribute("port", "-1");
  graphics.setAttribute("autoport", "yes");
}
