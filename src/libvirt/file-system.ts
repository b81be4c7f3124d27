/** How file systems begin that other hosts may have mounted too, as `stat -f` or the kernel calls them; FUSE may be anything. */
const network =
  "nfs cifs smb ceph gluster fuse ocfs2 gfs afs lustre 9p v9fs virtiofs gpfs panfs coda beegfs unknown".split(" ");
/** Begin like one, and hold no images: what FUSE and a server of NFS have for themselves. */
const control: readonly string[] = ["fusectl", "nfsd"];

/** Whether other hosts may see the files of a file system of this type; one that `stat` cannot name counts. */
export function isNetworkFileSystem(type: string): boolean {
  const name = type.toLowerCase();
  return name === "" || (network.some((start) => name.startsWith(start)) && !control.includes(type));
}

/** The same of `sh`: `mclu_far PATH`, by the file system that the path is on. Expects `mclu_limit`. */
export const networkFileSystemShell = `mclu_far() {
case $(mclu_limit stat -f -c %T -- "$1" 2>/dev/null | tr '[:upper:]' '[:lower:]') in
${control.join("|")}) return 1 ;;
''|${network.map((start) => `${start}*`).join("|")}) return 0 ;;
*) return 1 ;;
esac
}
`;
