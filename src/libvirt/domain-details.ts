/** A guest as its XML describes it. null is what the XML does not say. */
export interface DomainDetails {
  readonly name: string;
  readonly title: string | null;
  readonly description: string | null;
  /** Bytes. */
  readonly memory: { readonly maximum: number | null; readonly current: number | null };
  readonly vcpus: { readonly maximum: number | null; readonly current: number | null };
  /** `kvm`, `qemu`, `test` ... */
  readonly type: string;
  readonly arch: string | null;
  readonly machine: string | null;
  readonly firmware: "bios" | "efi" | null;
  /** The file of the UEFI variables. */
  readonly nvram: string | null;
  /** `host-passthrough`, `host-model`, `maximum`, or the name of a model. */
  readonly cpu: string | null;
  /** `hd`, `cdrom`, `network`; or the targets of devices that have an order of their own. */
  readonly boot: readonly string[];
  readonly disks: readonly Disk[];
  readonly interfaces: readonly Interface[];
  readonly graphics: readonly Graphics[];
  readonly consoles: readonly Console[];
  /** The channel of the guest agent; null: it has none. */
  readonly agent: { readonly connected: boolean } | null;
  readonly tpm: { readonly model: string | null; readonly version: string | null } | null;
  /** Devices of the node: `pci 0000:01:00.0`, `usb 1d6b:0002`. */
  readonly hostDevices: readonly string[];
  /** Directories of the node. */
  readonly filesystems: readonly { readonly source: string | null; readonly target: string | null }[];
  /** The operating system, as libosinfo names it. */
  readonly os: string | null;
  readonly metadata: readonly MetadataEntry[];
}

export interface Console {
  readonly kind: "serial" | "console";
  /** `pty`, `tcp`, `unix` ... */
  readonly type: string | null;
  /** `isa-serial`, `serial`, `virtio` ... */
  readonly target: string | null;
  readonly port: number | null;
  /** The terminal on the node while the guest runs; of `file` and `unix`, that file. */
  readonly path: string | null;
  /** What libvirt calls it while the guest runs: `serial1`. */
  readonly alias: string | null;
}

export interface BackingFile {
  readonly type: string;
  readonly source: string | null;
  readonly format: string | null;
}

export interface Disk {
  /** `vda` */
  readonly target: string;
  /** `virtio`, `sata` ... */
  readonly bus: string | null;
  readonly device: "disk" | "cdrom" | "floppy" | "lun";
  /** `file`, `block`, `volume`, `network`, `dir`, `nvme`, `vhostuser`. */
  readonly type: string;
  /** The path; for a volume `POOL/VOLUME`, for a network disk `PROTOCOL:NAME`, for a controller `nvme:ADDRESS/NAMESPACE`; null: nothing is in the drive. */
  readonly source: string | null;
  readonly volume: { readonly pool: string; readonly name: string } | null;
  readonly format: string | null;
  readonly readonly: boolean;
  readonly shareable: boolean;
  /** What it is backed by, nearest first, as the XML of a running guest has it; null: the XML does not say. */
  readonly backing: readonly BackingFile[] | null;
}

export interface Interface {
  /** Lower case; null only where the XML has none. */
  readonly mac: string | null;
  /** `network`, `bridge`, `direct`, `user`, `hostdev` ... */
  readonly type: string;
  /** The network, the bridge or the node's device. */
  readonly source: string | null;
  /** The bridge that it is attached to: its source, or while it runs what its network uses. */
  readonly bridge: string | null;
  readonly model: string | null;
  /** Its end on the node while the guest runs: `vnet0`. */
  readonly target: string | null;
  readonly link: "up" | "down";
}

export interface Graphics {
  readonly type: string;
  /** null: not yet chosen, or not used. */
  readonly port: number | null;
  readonly tlsPort: number | null;
  readonly autoport: boolean;
  /** Address on the node. */
  readonly listen: string | null;
  /** Path of a socket on the node. */
  readonly socket: string | null;
}

/** What some program keeps about a guest in its XML. */
export interface MetadataEntry {
  readonly namespace: string;
  /** Of the element, without its prefix. */
  readonly name: string;
  /** Its leaves by name: their text, or their `id`. The first of a name wins. */
  readonly fields: Readonly<Record<string, string>>;
}
