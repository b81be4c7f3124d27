import { parseImageChain } from "./block.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** Images of some directories and what each is backed by. */
export interface ImageScan {
  readonly images: readonly {
    readonly file: string;
    /** Nearest first; as qemu-img names them. */
    readonly backing: readonly string[];
    /** Files that hold the content of it, or of what it is backed by, and are no images themselves. */
    readonly data: readonly string[];
  }[];
  /** Files of which qemu-img could not say what they are backed by. */
  readonly unread: readonly string[];
}

/**
 * A document of qemu-img begins and ends with a bracket of its own line, which nothing inside it can be. Where a file of
 * the chain is missing only the image itself is asked about; one that cannot be read is a line of `!` and its name in
 * hexadecimal. What a guest writes as raw is not looked at: it could
 * begin like an image, with any file of the node as its backing file.
 */
const script = `raws=$1 overlays=$2
shift 2
limit=
command -v timeout >/dev/null && limit='timeout 8'
nl='
'
for place; do
if [ -d "$place" ]; then set -- "$place"/* "$place"/.[!.]*; else set -- "$place"; fi
for file; do
[ -f "$file" ] || [ -b "$file" ] || continue
case "$nl$raws" in *"$nl$file$nl"*) continue ;; esac
if [ "$overlays" ]; then
case $(head -c 80 "$file" 2>/dev/null | od -An -v -tx1 | tr -d ' \\n') in
514649fb00000003*[4567cdef]) ;;
514649fb????????0000000000000000*) continue ;;
514649fb*|51454400*|4b444d56*|23204469*|76686478*|636f6e65*|57697468*) ;;
*) continue ;;
esac
fi
$limit qemu-img info -U --output=json --backing-chain "$file" 2>/dev/null ||
$limit qemu-img info -U --output=json "$file" 2>/dev/null ||
printf '!%s\\n' "$(printf %s "$file" | od -An -v -tx1 | tr -d ' \\n')"
done
done`;

/**
 * Asks qemu-img about every file of these directories, and about these files.
 * @param raw files that guests write without a format
 * @param overlaysOnly leave out what the first bytes show to be based on nothing (qcow2 without a backing file and, by the
 * third bit of its features, without a data file), or to be of no format that could be: ten times as quick
 */
export function imageScanQuery(
  places: readonly string[],
  raw: readonly string[],
  overlaysOnly = false,
): Query<ImageScan> {
  const raws = raw.map((path) => `${path}\n`).join("");
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", raws, overlaysOnly ? "yes" : "", ...places] }],
    parse([answer]) {
      if (answer?.code !== 0) throw new UnexpectedOutput("a scan of images", `exit code ${answer?.code ?? "none"}`);
      return parseScan(answer.texts[0] ?? "");
    },
  };
}

function parseScan(text: string): ImageScan {
  const images: ImageScan["images"][number][] = [];
  const unread: string[] = [];
  let document: string[] | undefined;
  for (const line of text.split("\n")) {
    if (document) {
      document.push(line);
      if (line !== (document[0] === "[" ? "]" : "}")) continue;
      images.push(parseImage(document.join("\n")));
      document = undefined;
    } else if (line === "[" || line === "{") document = [line];
    else if (/^!(?:(?!00)[0-9a-f]{2})+$/.test(line)) unread.push(Buffer.from(line.slice(1), "hex").toString("utf8"));
    else if (line !== "") throw new UnexpectedOutput("qemu-img info", line);
  }
  if (document) throw new UnexpectedOutput("the end of qemu-img info", text.slice(-80));
  return { images, unread };
}

function parseImage(text: string): ImageScan["images"][number] {
  const [image, ...chain] = parseImageChain(text.startsWith("[") ? text : `[${text}]`);
  const named = [image, ...chain].flatMap(({ backing }) => backing ?? []);
  const data = [image, ...chain].flatMap(({ dataFile }) => dataFile ?? []);
  return { file: image.file, backing: [...new Set([...chain.map(({ file }) => file), ...named])], data };
}
