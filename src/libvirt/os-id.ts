/** libosinfo's distributors, by the letters that their short ids begin with. */
const families: Readonly<Record<string, string>> = {
  almalinux: "http://almalinux.org/almalinux",
  alpinelinux: "http://alpinelinux.org/alpinelinux",
  centos: "http://centos.org/centos",
  "centos-stream": "http://centos.org/centos-stream",
  debian: "http://debian.org/debian",
  fedora: "http://fedoraproject.org/fedora",
  opensuse: "http://opensuse.org/opensuse",
  rhel: "http://redhat.com/rhel",
  rocky: "http://rockylinux.org/rocky",
  ubuntu: "http://ubuntu.com/ubuntu",
};

/** libosinfo's id, which libvirt's metadata has, of a short one: `debian12`. undefined for families it does not know. */
export function osIdOf(short: string): string | undefined {
  const [, family = "", version = ""] = /^([a-z-]+?)-?(\d[\d.]*)$/.exec(short) ?? [];
  const base = families[family];
  return base === undefined ? undefined : `${base}/${version}`;
}
