import { baseMark } from "../base-mark.ts";
import type { CloneTarget } from "./clone-plan.ts";

/** What a clone runs on its node, as argument vectors. */
export interface CloneCommands {
  /** Marks the source as a base of others; none where nothing is linked. */
  readonly base: readonly (readonly string[])[];
  /** One for each disk. */
  readonly disks: readonly (readonly string[])[];
  /** Empty: there are none to copy. */
  readonly nvram: readonly string[];
  /** Empty: it stays as it is. */
  readonly identity: readonly string[];
}

/** What the commands are given by their job. */
export interface CloneWords {
  /** Of the job. */
  readonly id: string;
  /** libvirt's URI on the node. */
  readonly uri: string;
  /** What a file is called until it is published. */
  readonly partOf: (path: string) => string;
  /** The identity script on the node. */
  readonly script: string;
}

/** Never virt-sysprep's own set: users' files, crontabs and authorized_keys stay. */
export const identityOperations = [
  "machine-id",
  "ssh-hostkeys",
  "net-hostname",
  "net-hwaddr",
  "udev-persistent-net",
  "dhcp-client-state",
  "customize",
];

/** The commands of a clone, in their order. */
export function cloneCommands(
  { disks, nvram, identity, image }: CloneTarget,
  { id, uri, partOf, script }: CloneWords,
): CloneCommands {
  const { namespace, key } = baseMark;
  const linked = disks.some((disk) => disk.linked);
  const drives = disks.flatMap(({ path, format }) => ["--format", format, "--add", partOf(path)]);
  return {
    base: linked
      ? [
          [
            "virsh",
            "-q",
            "-c",
            uri,
            "metadata",
            image.uuid,
            "--uri",
            namespace,
            "--key",
            key,
            "--set",
            `<base job='${id}'/>`,
            "--config",
          ],
        ]
      : [],
    disks: disks.map((disk) =>
      disk.linked
        ? ["qemu-img", "create", "-q", "-f", "qcow2", "-F", disk.sourceFormat, "-b", disk.source, partOf(disk.path)]
        : ["qemu-img", "convert", "-f", disk.sourceFormat, "-O", disk.format, disk.source, partOf(disk.path)],
    ),
    nvram: nvram ? ["cp", "--", nvram.source, partOf(nvram.path)] : [],
    identity: identity
      ? [
          "virt-sysprep",
          ...drives,
          "--no-network",
          "--no-logfile",
          "--operations",
          identityOperations.join(","),
          "--run",
          script,
        ]
      : [],
  };
}
