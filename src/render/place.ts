import type { PlaceReport } from "../operations/place.ts";
import type { Fit } from "../operations/placement.ts";
import type { Listing } from "./output.ts";
import { formatSmallSize } from "./size.ts";

/** How each node does; the chosen one is the only row of `-o name`. */
export function placeListing(report: Pick<PlaceReport, "fits" | "chosen">): Listing<Fit> {
  const isChosen = (fit: Fit) => fit.node === report.chosen;
  const verdict = (fit: Fit) => {
    if (isChosen(fit)) return "chosen";
    return fit.obstacles.length > 0 ? fit.obstacles.join("; ") : "fits";
  };
  return {
    kind: "place",
    report,
    rows: report.fits,
    columns: [
      { name: "node", value: (fit) => fit.node },
      { name: "free", value: (fit) => fit.free, text: (fit) => formatSmallSize(fit.free), align: "right" },
      { name: "after", value: (fit) => fit.after, text: (fit) => formatSmallSize(fit.after), align: "right" },
      { name: "weight", value: (fit) => fit.weight, align: "right" },
      { name: "score", value: (fit) => fit.score, text: (fit) => formatSmallSize(fit.score), align: "right" },
      {
        name: "verdict",
        value: verdict,
        color: (fit, style) => (isChosen(fit) ? style.on : fit.score === null ? style.warn : undefined),
      },
    ],
    name: (fit) => (isChosen(fit) ? fit.node : null),
  };
}
