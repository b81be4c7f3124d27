import { attribute, child, children, parseXml } from "./xml.ts";

/** What libvirt copies a running guest's disk into, or commits it into, for as long as a block job does. */
export interface BlockCopy {
  /** `vda` */
  readonly target: string;
  /** null: no file or device of the node. */
  readonly path: string | null;
}

/** The copies of a running domain's disks that are being written (`<mirror>`). Throws UnexpectedOutput. */
export function blockCopies(xml: string): readonly BlockCopy[] {
  return children(child(parseXml(xml, "domain"), "devices"), "disk").flatMap((disk): BlockCopy[] => {
    const mirror = child(disk, "mirror");
    if (!mirror) return [];
    const source = child(mirror, "source");
    const path = attribute(source, "file") ?? attribute(source, "dev");
    return [{ target: attribute(child(disk, "target"), "dev") ?? "", path }];
  });
}
