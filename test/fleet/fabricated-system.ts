import type { FleetNode } from "./fleet.ts";

/** A file of a made-up system: its text, or a mode besides. */
type MadeFile = string | { readonly text: string; readonly mode: string };

/** What a system is, as far as libguestfs and a clone look: files by path, its name among them. */
export type MadeSystem = Readonly<Record<string, MadeFile>>;

const directory = "/var/lib/libvirt/images";

/**
 * Defines a guest that is never started, whose raw disk has these files, busybox, and a stand-in for ssh-keygen that makes
 * one key.
 */
export async function fabricate(node: FleetNode, guest: string, files: MadeSystem): Promise<void> {
  const keygen = "#!/bin/sh\numask 077; [ \"$1\" = -A ] && echo 'new key' >/etc/ssh/ssh_host_ed25519_key\n";
  const all: MadeSystem = {
    "etc/fstab": "/dev/sda / ext4 defaults 0 1\n",
    "etc/passwd": "root:x:0:0:root:/root:/bin/sh\n",
    "usr/bin/ssh-keygen": { text: keygen, mode: "755" },
    "usr/sbin/sshd": { text: "#!/bin/sh\n", mode: "755" },
    ...files,
  };
  const writes = Object.entries(all).map(([path, file]) => {
    const { text, mode } = typeof file === "string" ? { text: file, mode: "644" } : file;
    const encoded = Buffer.from(text).toString("base64");
    return `mkdir -p "$(dirname ${path})"; echo ${encoded} | base64 -d >${path}; chmod ${mode} ${path}`;
  });
  await node.enter(`set -e
tree=$(mktemp -d); cd "$tree"; mkdir -p bin etc proc sys dev tmp var/tmp root
cp "$(command -v busybox)" bin/busybox
for applet in sh awk sed cat grep tr head rm mkdir; do ln -s busybox bin/$applet; done
${writes.join("\n")}
chmod 1777 tmp
mke2fs -q -t ext4 -d "$tree" ${directory}/${guest}.img 48M
rm -rf "$tree"
cat >/tmp/${guest}.xml <<X
<domain type='qemu'><name>${guest}</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${directory}/${guest}.img'/><target dev='vda' bus='virtio'/></disk>
</devices></domain>
X
virsh -q define /tmp/${guest}.xml`);
}

/** What a clone's disk has that its source's has not, by path: its text; null: it is gone. Modes and owners are the same. */
export async function differences(
  node: FleetNode,
  source: string,
  clone: string,
): Promise<Readonly<Record<string, string | null>>> {
  const report = await node.enter(`set -e
work=$(mktemp -d); cd "$work"; mkdir a b
debugfs -R "rdump / a" ${directory}/${source}.img 2>/dev/null
debugfs -R "rdump / b" ${directory}/${clone}.img 2>/dev/null
rm -rf a/lost+found b/lost+found
(cd a && find . -type f | LC_ALL=C sort) >files
while read -r path; do
if [ ! -e "b/$path" ]; then printf '%s\\t-\\n' "$path"
elif [ "$(stat -c '%a %u %g' "a/$path")" != "$(stat -c '%a %u %g' "b/$path")" ]; then printf '%s\\tmode\\n' "$path"
elif ! cmp -s "a/$path" "b/$path"; then printf '%s\\t%s\\n' "$path" "$(base64 -w0 "b/$path")"; fi
done <files
(cd b && find . -type f | LC_ALL=C sort) | LC_ALL=C comm -13 files - | while read -r path; do printf '%s\\t%s\\n' "$path" "$(base64 -w0 "b/$path")"; done
rm -rf "$work"`);
  const entries = report.split("\n").flatMap((line): [string, string | null][] => {
    const [path = "", content = ""] = line.split("\t");
    if (path === "") return [];
    if (content === "mode") throw new Error(`${path} has another owner or mode`);
    return [[path.slice(2), content === "-" ? null : Buffer.from(content, "base64").toString("utf8")]];
  });
  return Object.fromEntries(entries);
}
