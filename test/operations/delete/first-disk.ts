import type { DiskCandidate } from "../../../src/operations/delete/fate.ts";

/** A qcow2 file as the first disk of a guest. */
export function firstDisk(path: string): DiskCandidate["disk"] {
  return {
    target: "vda",
    bus: "virtio",
    device: "disk",
    type: "file",
    source: path,
    volume: null,
    format: "qcow2",
    readonly: false,
    shareable: false,
    backing: null,
  };
}
