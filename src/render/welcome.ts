import type { WhatIsKnown } from "../operations/what-is-known.ts";
import { clean } from "./clean.ts";
import { type NextStep, renderNextSteps } from "./next-steps.ts";
import type { Style } from "./style.ts";

/** Nodes that are named; of more only their number is said. */
const mostNamed = 8;

/** What `mclu` says that is told nothing: where one stands, and what one may type next. */
export function renderWelcome(known: WhatIsKnown, style: Style, columns?: number): string {
  return known.file === null ? withoutConfig(style, columns) : withConfig(known.file, known, style, columns);
}

function withoutConfig(style: Style, columns?: number): string {
  const steps: readonly NextStep[] = [
    ["mclu init", "try your hosts, write mclu.conf"],
    ["mclu status", "until then: this machine alone"],
    ["mclu help", "everything else"],
  ];
  return `one command for a few libvirt hosts\nno mclu.conf yet; begin with mclu init\n\n${renderNextSteps(steps, style, columns)}`;
}

function withConfig(file: string, known: WhatIsKnown, style: Style, columns?: number): string {
  const { nodes } = known;
  const more = nodes.length - mostNamed;
  const named = `${nodes.slice(0, mostNamed).map(clean).join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
  const head = `${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`}: ${named}\n${style.dim(`of ${clean(file)}`)}\n`;
  const { stands, first } = nextOf(known);
  const rest = usual.filter(([command]) => command !== first?.[0]);
  const steps = (first ? [first, ...rest] : rest).map(
    ([command, what]): NextStep => [command.replace(/^mclu(?! help)/, () => clean(known.command)), what],
  );
  return `${head}${stands}\n${renderNextSteps(steps, style, columns)}`;
}

const status: NextStep = ["mclu status", "what is on, and what is free"];
const build: NextStep = ["mclu build TEMPLATE NAME", "a guest, on the node with most room"];
const usual: readonly NextStep[] = [
  status,
  ["mclu list", "the guests of every node"],
  build,
  ["mclu ssh GUEST", "log in to one"],
  ["mclu stop GUEST", "have it switch itself off"],
  ["mclu help", "everything else"],
];

/** What comes first as things stand, as far as this machine remembers; each line fits 40 columns. */
function nextOf({ asked, guests, jobs }: WhatIsKnown): { readonly stands: string; readonly first?: NextStep } {
  if (jobs > 0)
    return {
      stands: `${jobs === 1 ? "1 job" : `${jobs} jobs`} ran when last seen: mclu jobs\n`,
      first: ["mclu jobs", "what became of it, or of them"],
    };
  if (!asked)
    return {
      stands: "no answer yet; begin with mclu doctor\n",
      first: ["mclu doctor", "what nodes lack, and what mends it"],
    };
  return guests === 0 ? { stands: "no guests yet; begin with mclu build\n", first: build } : { stands: "" };
}
