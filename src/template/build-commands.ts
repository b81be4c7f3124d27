import { createHash } from "node:crypto";
import type { Base, Recipe } from "./recipe.ts";

/** Where a build works on its node; every path absolute. */
export interface BuildPlaces {
  /** The disk that is made. What is there already is overwritten. */
  readonly output: string;
  readonly format: "qcow2" | "raw";
  /** Bytes; null: as large as the image is. */
  readonly size: number | null;
  /** What `deliver` says, as a file. */
  readonly commandsFile: string;
  /** Directory for cloud images that were fetched; made where it is missing. Nothing in it is ever needed again. */
  readonly cache: string;
  /** A download that is not complete, on the file system of `cache`; the caller's to remove, however the build ends. */
  readonly download: string;
}

/** One command of a build. No password is in it. */
export interface BuildCommand {
  /** What it does, for progress: `fetch https://...`. */
  readonly title: string;
  readonly argv: readonly string[];
  /** What it comes to, as one would type it. */
  readonly typed: readonly (readonly string[])[];
}

/** The commands that make a guest's disk on its node, one after the other, as long as each ends with 0. */
export function buildCommands({ base }: Pick<Recipe, "base">, places: BuildPlaces): readonly BuildCommand[] {
  return base.kind === "virt-builder" ? [virtBuilder(base, places)] : cloudImage(base, places);
}

function virtBuilder(base: Base & { kind: "virt-builder" }, places: BuildPlaces): BuildCommand {
  const { output, format, size, commandsFile } = places;
  const argv = ["virt-builder", base.image, "--output", output, "--format", format];
  if (size !== null) argv.push("--size", `${size}b`);
  if (!base.checkSignature) argv.push("--no-check-signature");
  return plain(`build ${base.image}`, [...argv, "--commands-from-file", commandsFile]);
}

function cloudImage(
  { source, checksum }: Base & { kind: "cloud-image" },
  places: BuildPlaces,
): readonly BuildCommand[] {
  const { output, format, size, commandsFile, cache, download } = places;
  const sum = checksum ? [`${checksum.algorithm}sum`, checksum.digest] : ["", ""];
  const image = source.kind === "path" ? source.path : `${cache}/${cachedName(source.url, checksum)}`;
  const fetch: readonly BuildCommand[] =
    source.kind === "url"
      ? [
          {
            title: `fetch ${source.url}`,
            argv: script(fetchImage, source.url, image, download, ...sum),
            typed: [
              ["curl", "--fail", "--location", "--output", download, "--url", source.url],
              ...(checksum ? [[`${checksum.algorithm}sum`, download]] : []),
              ["mv", "-f", download, image],
            ],
          },
        ]
      : [];
  // a download was checked before it went into the cache
  const check =
    source.kind === "path" && checksum
      ? [
          {
            title: "check",
            argv: script(checkImage, image, ...sum),
            typed: [[`${checksum.algorithm}sum`, image]],
          },
        ]
      : [];
  return [
    ...fetch,
    ...check,
    {
      title: "copy",
      argv: script(copyImage, image, output, format, size === null ? "" : String(size)),
      typed: [
        ["qemu-img", "convert", "-O", format, image, output],
        ...(size === null ? [] : [["qemu-img", "resize", "-f", format, output, String(size)]]),
      ],
    },
    plain("customize", [
      "virt-customize",
      ...["--format", format, "--add", output, "--commands-from-file", commandsFile],
    ]),
  ];
}

/** A command that is run as one would type it. */
function plain(title: string, argv: readonly string[]): BuildCommand {
  return { title, argv, typed: [argv] };
}

/** An image with a checksum is known by it; another one by where it came from, and asked for again each time. */
function cachedName(url: string, checksum: (Base & { kind: "cloud-image" })["checksum"]): string {
  if (checksum) return `${checksum.algorithm}-${checksum.digest}.img`;
  return `url-${createHash("sha256").update(url).digest("hex").slice(0, 32)}.img`;
}

function script(text: string, ...words: readonly string[]): readonly string[] {
  return ["sh", "-c", text, "mclu-build", ...words];
}

/** URL IMAGE DOWNLOAD TOOL DIGEST: what is in the cache stays where it is still right. */
const fetchImage = `set -e
url=$1 image=$2 part=$3 tool=$4 digest=$5
mkdir -p "\${image%/*}"
right() { [ "$("$tool" <"$1" | cut -d ' ' -f 1)" = "$digest" ]; }
if [ -n "$digest" ] && [ -f "$image" ] && right "$image"; then exit 0; fi
rm -f "$part"
proto='=https' since=
case $url in https:*) ;; *) proto='=http,https' ;; esac
if [ -z "$digest" ] && [ -f "$image" ]; then since=$image; fi
curl --fail --silent --show-error --location --globoff --proto "$proto" --proto-redir "$proto" --retry 3 \\
  --connect-timeout 20 --speed-limit 1024 --speed-time 60 --remote-time \${since:+--time-cond} \${since:+"$since"} \\
  --output "$part" --url "$url"
[ -f "$part" ] || exit 0
if [ -n "$digest" ] && ! right "$part"; then
  rm -f "$part"; echo "$url is not what the template's checksum says" >&2; exit 1
fi
mv -f "$part" "$image"`;

/** IMAGE TOOL DIGEST */
const checkImage = `if [ "$("$2" <"$1" | cut -d ' ' -f 1)" = "$3" ]; then exit 0; fi
echo "$1 is not what the template's checksum says" >&2; exit 1`;

/**
 * IMAGE OUTPUT FORMAT SIZE. An image that names other files would make qemu-img read those of the node; its format is
 * said explicitly from here on, for raw content may look like another one. cloud-init grows what is in the disk.
 */
const copyImage = `set -e
image=$1 output=$2 format=$3 size=$4
info=$(qemu-img info --output=json "$image")
case $info in
  *'"backing-filename"'* | *'"data-file"'*) echo "$image names other files of the node: refused" >&2; exit 1 ;;
esac
field() { printf '%s\\n' "$info" | sed -n "s/^    \\"$1\\": \\"\\{0,1\\}\\([a-z0-9]*\\)\\"\\{0,1\\},\\{0,1\\}\\$/\\1/p"; }
from=$(field format) least=$(field virtual-size)
case $from in qcow2 | raw) ;; *) echo "$image is of the format $from: expected qcow2 or raw" >&2; exit 1 ;; esac
if [ -n "$size" ] && [ "$size" -lt "$least" ]; then
  echo "a disk of $size bytes is too small for $image, which has $least" >&2; exit 1
fi
qemu-img convert -f "$from" -O "$format" "$image" "$output"
[ -z "$size" ] || qemu-img resize -q -f "$format" "$output" "$size"`;
