import { type GuestResult, isMade } from "../operations/guest-result.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Listing } from "./output.ts";
import type { Style } from "./style.ts";
import { formatSeconds } from "./time.ts";

/** What became of each guest, for every format. */
export function guestResultListing(
  kind: "build" | "clone" | "image-copy",
  report: { readonly results: readonly GuestResult[] },
): Listing<GuestResult> {
  return {
    kind,
    report,
    rows: report.results,
    columns: [
      { name: "name", value: (result) => result.name },
      { name: "node", value: (result) => result.node },
      { name: "outcome", value: (result) => result.outcome, color: colorOf },
      { name: "address", value: (result) => result.address },
      {
        name: "seconds",
        value: (result) => Math.round(result.seconds * 10) / 10,
        text: (result) => formatSeconds(result.seconds),
        align: "right",
      },
      { name: "job", value: (result) => result.job, wide: true },
      { name: "uuid", value: (result) => result.uuid, wide: true },
    ],
    name: ({ node, name, uuid }) => (uuid === null ? null : `${node}/${name}`),
  };
}

function colorOf({ outcome }: GuestResult, style: Style) {
  if (outcome === "cancelled") return style.warn;
  return isMade(outcome) || outcome.endsWith("ing") ? style.on : style.failed;
}

/** For stderr: why what is not as it was asked for is so, and what to type. */
export function renderGuestProblems(results: readonly GuestResult[], style: Style): string {
  return results
    .flatMap(({ node, name, outcome, detail, hint }) => {
      const word = isMade(outcome) || outcome.endsWith("ing") ? style.warn("warning:") : style.failed("error:");
      const said = detail === null ? [] : [`${word} ${clean(`${node}/${name}`)}: ${clean(detail)}\n`];
      return [...said, renderHint(hint)];
    })
    .join("");
}
