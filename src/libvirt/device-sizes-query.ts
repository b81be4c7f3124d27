import { wholeNumber } from "./number.ts";
import type { Query } from "./query.ts";

/** stat tells no size of a device; Linux counts in sectors of 512 bytes here, whatever those of the disk are. */
const script = `for path; do
sectors=
[ -b "$path" ] && set -- $(stat -L -c '%t %T' -- "$path") || set --
[ $# -ne 2 ] || read -r sectors <"/sys/dev/block/$((0x$1)):$((0x$2))/size"
echo "size \${sectors:-none}"
done 2>/dev/null`;

/** How long block devices are, or what links of these names lead to, in bytes; null: the node does not say. */
export function deviceSizesQuery(paths: readonly string[]): Query<readonly (number | null)[]> {
  return {
    steps: paths.length === 0 ? [] : [{ run: ["sh", "-c", script, "mclu", ...paths] }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n");
      return paths.map((_, index) => {
        const sectors = wholeNumber(/^size (\d{1,15})$/.exec(lines[index] ?? "")?.[1]);
        return sectors === null ? null : sectors * 512;
      });
    },
  };
}
