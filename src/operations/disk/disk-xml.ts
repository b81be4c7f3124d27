import { element, type XmlNode } from "../../libvirt/xml-writer.ts";

export interface NewDisk {
  readonly device: "disk" | "cdrom";
  /** A block device is no file to libvirt. */
  readonly type: "file" | "block";
  readonly format: string;
  readonly path: string;
  readonly target: string;
  readonly bus: string;
}

/** The XML of a disk that a guest is given. */
export function diskXml({ device, type, format, path, target, bus }: NewDisk): XmlNode {
  return element(
    "disk",
    { type, device },
    element("driver", { name: "qemu", type: format, discard: device === "disk" ? "unmap" : undefined }),
    element("source", { [type === "block" ? "dev" : "file"]: path }),
    element("target", { dev: target, bus }),
    device === "cdrom" ? element("readonly") : undefined,
  );
}
