export interface FakeFile {
  /** In stat's words; default `regular file`. */
  readonly kind?: string;
  /** What a symbolic link leads to; default: `kind`. `none`: nothing. */
  readonly leadsTo?: string;
  /** Device and inode; default: one of its own. */
  readonly identity?: string;
  /** As `stat -f` has it; default `ext2/ext3`. */
  readonly fileSystem?: string;
  /** Of a device, in bytes; default: the node does not say. */
  readonly length?: number;
  /** When it was last written, in stat's words. */
  readonly written?: string;
  /** What qemu-img says of it; default: it cannot read it. */
  readonly image?: Readonly<Record<string, unknown>>;
}

/**
 * Answers what nodes are asked about files: stat, qemu-img, and a scan of images.
 * @param scan what that says; default: it finds none
 */
export function fakeFiles(
  files: Readonly<Record<string, FakeFile>>,
  scan?: string,
): (argv: readonly string[]) => string | undefined {
  return (argv) => {
    const path = argv.at(-1) ?? "";
    if (argv[0] === "qemu-img") {
      const { image } = files[path] ?? {};
      return image && JSON.stringify(argv.includes("--backing-chain") ? [image] : image);
    }
    if (argv[2]?.includes("qemu-img")) return scan;
    if (argv[2]?.includes("stat -L -c %F"))
      return argv
        .slice(4)
        .map(
          (one, at) => `${at + 1} ${files[one] ? (files[one].leadsTo ?? files[one].kind ?? "regular file") : "none"}\n`,
        )
        .join("");
    if (argv[2]?.includes("%s %y"))
      return argv
        .slice(4)
        .map((one, index) => (files[one] ? `1:${index} 4096 ${files[one].written ?? "then"}\n` : "none\n"))
        .join("");
    if (argv[2]?.includes("/sys/dev/block") && !argv[2].includes("mclu_origin"))
      return argv
        .slice(4)
        .map((one) => `size ${(files[one]?.length ?? Number.NaN) / 512}\n`)
        .join("");
    if (!argv[2]?.includes("stat -c")) return undefined;
    return argv
      .slice(4)
      .map((one, index) => {
        const file = files[one];
        return file
          ? `${file.identity ?? `1:${index}`} 4096 ${file.identity ?? `1:${index}`} ${file.fileSystem ?? "ext2/ext3"} | ${file.kind ?? "regular file"} | ${(file.leadsTo === "none" ? null : file.leadsTo) ?? file.kind ?? "regular file"}\n`
          : "none\n";
      })
      .join("");
  };
}
