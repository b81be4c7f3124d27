/** File systems that other hosts may have mounted too, as `stat -f` or the kernel calls them; FUSE may be anything. */
const network =
  /^(nfs|cifs|smb|ceph|gluster|fuse|ocfs2|gfs|afs|lustre|9p|v9fs|virtiofs|gpfs|panfs|coda|beegfs|UNKNOWN)/i;
/** Begin like one, and hold no images: what FUSE and a server of NFS have for themselves. */
const control: ReadonlySet<string> = new Set(["fusectl", "nfsd"]);

/** Whether other hosts may see the files of a file system of this type; one that `stat` cannot name counts. */
export function isNetworkFileSystem(type: string): boolean {
  return type === "" || (network.test(type) && !control.has(type));
}
