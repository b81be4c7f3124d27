import { attribute, child, children, parseXml, textOf, type XmlElement } from "./xml.ts";

/** Something outside of a guest that its definition names, and that is another thing on another node. */
export interface ForeignFile {
  /** `kernel`, `serial`, `cdrom hda` ... */
  readonly what: string;
  /** Of a file; a volume is `POOL/VOLUME`. */
  readonly path: string;
  /** `read`: the guest gets its content and no more; `firmware`: the same, and libvirt has some to offer. */
  readonly use: "read" | "firmware" | "other";
}

/** What is no file of the node's, or the same on every node. */
const harmless: ReadonlySet<string> = new Set(["/dev/random", "/dev/urandom", "/dev/net/tun", "/dev/vhost-net"]);

/** Words for people, other programs' own words, and the name of a cgroup. */
const words: ReadonlySet<string> = new Set(["name", "title", "description", "metadata", "resource"]);

/** Attributes that are a path whatever they begin with. */
const places = ["file", "path", "dir", "socket"];

/** Of <os>: what a guest begins with. */
const booted: ReadonlySet<string> = new Set(["kernel", "initrd", "dtb", "table"]);

/**
 * What a definition names besides these files: every absolute path and every volume in it, wherever it stands, so that none
 * is missed that some version writes somewhere else; and every relative path: libvirt and qemu take it from `/`.
 * Throws UnexpectedOutput.
 */
export function readForeignFiles(xml: string, own: ReadonlySet<string>): readonly ForeignFile[] {
  const domain = parseXml(xml, "domain");
  const devices = child(domain, "devices");
  const parts = [...children(domain), ...children(devices)].filter(
    (part) => part !== devices && !words.has(part.tagName),
  );
  return parts.flatMap((part) => {
    const use = useOf(part);
    // of a direct network card it is the name of an interface
    return namesIn(part, part.tagName === "interface" ? places : [...places, "dev"])
      .filter(({ path }) => !own.has(path) && !harmless.has(path))
      .map(({ element, path }): ForeignFile => {
        // who compares the files of two nodes would look for a relative one elsewhere than qemu does
        if (part.tagName !== "os") return { what: whatOf(part), path, use: path.startsWith("/") ? use : "other" };
        const { tagName } = element;
        return { what: tagName, path, use: tagName === "loader" ? "firmware" : booted.has(tagName) ? "read" : "other" };
      });
  });
}

/** A disk that is read may be taken for the same where its content is; what is written, run or listened at never is. */
function useOf(part: XmlElement): ForeignFile["use"] {
  if (part.tagName !== "disk" || attribute(part, "type") !== "file") return "other";
  const isRead = attribute(part, "device") === "cdrom" || child(part, "readonly") !== undefined;
  return isRead ? "read" : "other";
}

function whatOf(part: XmlElement): string {
  if (part.tagName !== "disk") return part.tagName;
  return `${attribute(part, "device") ?? "disk"} ${attribute(child(part, "target"), "dev") ?? ""}`.trim();
}

/** @param places attributes that are a path whatever they begin with; `dev` is one of a source alone */
function namesIn(
  element: XmlElement,
  places: readonly string[],
): readonly { readonly element: XmlElement; readonly path: string }[] {
  const inner = children(element);
  const below = (one: XmlElement) => namesIn(one, places);
  // of <sysinfo>, whose values are words: what the firmware is given may be the content of a file
  if (element.tagName === "entry") {
    const file = attribute(element, "file");
    return file ? [{ element, path: file }] : [];
  }
  // libvirt makes a terminal anew at each start, and reads no path of one; what it writes down of it is a file like any other
  if (attribute(element, "type") === "pty") return inner.filter(({ tagName }) => tagName === "log").flatMap(below);
  const [pool, volume] = [attribute(element, "pool"), attribute(element, "volume")];
  const texts = [...[...element.attributes].map(({ value }) => value), inner.length === 0 ? textOf(element) : null];
  // a target is what the guest calls it
  const relative =
    element.tagName === "target"
      ? []
      : places.flatMap((name) => (name !== "dev" || element.tagName === "source" ? [attribute(element, name)] : []));
  return [
    ...(pool !== null && volume !== null ? [{ element, path: `${pool}/${volume}` }] : []),
    ...texts.flatMap((text) => (text?.startsWith("/") ? [{ element, path: text }] : [])),
    ...relative.flatMap((text) => (text && !text.startsWith("/") ? [{ element, path: text }] : [])),
    ...inner.flatMap(below),
  ];
}
