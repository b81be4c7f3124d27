import { wholeNumber } from "./number.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** What a template of virt-builder takes on a node, and where its cache is. Bytes; null: nobody said. */
export interface TemplateRoom {
  /** Directory of the cache, which need not be there yet. */
  readonly cache: string;
  /** Free on the file system of the cache. */
  readonly free: number | null;
  /** A version of it is there already, and nothing is fetched. */
  readonly cached: boolean;
  /** As it is fetched, compressed. */
  readonly fetched: number | null;
  /** As a guest sees it. */
  readonly virtual: number | null;
}

/** Seconds: the index comes from elsewhere, and a node that cannot fetch it may have the template all the same. */
const indexCap = 8;

/** IMAGE. --no-cache: or it would make the directory. */
const script = `image=$1
cache=\${XDG_CACHE_HOME:-$HOME/.cache}/virt-builder
echo "cache $cache"
for each in "$cache/$image".*; do if [ -e "$each" ]; then echo cached; break; fi; done
while [ ! -d "$cache" ] && [ -n "$cache" ]; do cache=\${cache%/*}; done
echo "free $(df -Pk -- "\${cache:-/}" | awk 'NR == 2 { print $4 }')"
echo index
virt-builder --no-cache --list --list-format json "$image" 2>/dev/null </dev/null`;

/** Asks what an image of virt-builder's takes, by the index that virt-builder itself reads. */
export function templateRoomQuery(image: string): Query<TemplateRoom> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu-room", image], cap: indexCap }],
    parse([answer]) {
      const text = answer?.texts[0] ?? "";
      const [head = "", ...index] = text.split(/^index\n/m);
      const [, cache] = /^cache (.+)$/m.exec(head) ?? [];
      if (cache === undefined) throw new UnexpectedOutput("where virt-builder's cache is", text);
      const free = wholeNumber(/^free (\d+)$/m.exec(head)?.[1]);
      const cached = /^cached$/m.test(head);
      return { cache, free: free === null ? null : free * 1024, cached, ...sizesIn(index.join("index\n")) };
    },
  };
}

/** Of the one template that the index was asked for. virt-builder 1.48 writes the one size as a number, the other as text. */
function sizesIn(json: string): Pick<TemplateRoom, "fetched" | "virtual"> {
  let index: unknown;
  try {
    index = JSON.parse(json);
  } catch {
    return { fetched: null, virtual: null };
  }
  const templates = memberOf(index, "templates");
  const template: unknown = Array.isArray(templates) ? templates[0] : undefined;
  const bytes = (key: string) => {
    const value = memberOf(template, key);
    return typeof value === "number" || typeof value === "string" ? wholeNumber(String(value)) : null;
  };
  return { fetched: bytes("compressed-size"), virtual: bytes("size") };
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : null;
}
