/** Where a program is in a package of another name than libguestfs's tools: Debian's, and that of rpm where it differs. */
const packages: Readonly<Record<string, readonly [debian: string, rpm?: string]>> = {
  "qemu-img": ["qemu-utils", "qemu-img"],
  setsid: ["util-linux"],
  flock: ["util-linux"],
  sha256sum: ["coreutils"],
  curl: ["curl"],
  gzip: ["gzip"],
  dd: ["coreutils"],
};

/** The packages that these programs come in, for a command line. */
export function packagesOf(programs: readonly string[], system: "debian" | "rpm" = "debian"): string {
  const names = programs.map((program) => {
    const [debian, rpm = debian] = packages[program] ?? ["guestfs-tools"];
    return system === "rpm" ? rpm : debian;
  });
  return [...new Set(names)].join(" ");
}
