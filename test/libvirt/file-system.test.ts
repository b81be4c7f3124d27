import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { isNetworkFileSystem, networkFileSystemShell } from "../../src/libvirt/file-system.ts";
import { filesQuery } from "../../src/libvirt/files-query.ts";
import { networkMountsQuery } from "../../src/libvirt/mounts-query.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";

const local = `proc /proc proc rw 0 0
/dev/vda / ext4 rw,relatime 0 0
fusectl /sys/fs/fuse/connections fusectl rw 0 0
nfsd /proc/fs/nfsd nfsd rw 0 0
tmpfs /nfs\\040dir tmpfs rw 0 0
`;
/** What a shell on a node says of a type. */
const isFar = (type: string) =>
  execFileSync(
    "sh",
    ["-c", `mclu_limit() { echo "$type"; }\n${networkFileSystemShell}mclu_far / && echo far || echo near`],
    {
      encoding: "utf8",
      env: { ...process.env, type },
    },
  ) === "far\n";
const mounts = (text: string, code = 0) => networkMountsQuery.parse([{ code, texts: [text] }]);

describe("file systems that nodes may share", () => {
  it.each(["nfs", "nfs4", "smb2", "ceph", "fuseblk", "fuse.glusterfs", "v9fs", "UNKNOWN (0x19830326)", ""])(
    "%j is one",
    (type) => expect([isNetworkFileSystem(type), isFar(type)]).toEqual([true, true]),
  );

  it.each(["ext2/ext3", "xfs", "btrfs", "tmpfs", "zfs", "overlayfs", "fusectl", "nfsd"])("%s is none", (type) =>
    expect([isNetworkFileSystem(type), isFar(type)]).toEqual([false, false]),
  );

  it("are found among what is mounted", () => {
    expect(mounts(local)).toBe(false);
    expect(mounts(`${local}files:/export /srv/nfs nfs4 rw 0 0\n`)).toBe(true);
    expect(() => mounts("", 1)).toThrow(UnexpectedOutput);
  });

  it("may be of a type that stat has no name for", () => {
    const answer = { code: 0, texts: ["9:12 100 9:12 UNKNOWN (0x19830326) | regular file | regular file\n"] };
    expect(filesQuery(["/a"]).parse([answer])).toMatchObject([{ fileSystem: "UNKNOWN (0x19830326)", size: 100 }]);
  });
});
