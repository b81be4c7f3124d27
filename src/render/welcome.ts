import type { ConfigCheck } from "../operations/config.ts";
import { clean } from "./clean.ts";
import { type NextStep, renderNextSteps } from "./next-steps.ts";
import type { Style } from "./style.ts";

/** Nodes that are named; of more only their number is said. */
const mostNamed = 8;

/** What `mclu` says that is told nothing: where one stands, and what one may type next. */
export function renderWelcome({ file, nodes }: ConfigCheck, style: Style, columns?: number): string {
  return file === null ? withoutConfig(style, columns) : withConfig(file, nodes, style, columns);
}

function withoutConfig(style: Style, columns?: number): string {
  const steps: readonly NextStep[] = [
    ["mclu init", "try your hosts, write mclu.conf"],
    ["mclu status", "until then: this machine alone"],
    ["mclu help", "everything else"],
  ];
  return `one command for a few libvirt hosts\nno mclu.conf yet; begin with mclu init\n\n${renderNextSteps(steps, style, columns)}`;
}

function withConfig(file: string, nodes: readonly string[], style: Style, columns?: number): string {
  const more = nodes.length - mostNamed;
  const named = `${nodes.slice(0, mostNamed).map(clean).join(" ")}${more > 0 ? ` and ${more} more` : ""}`;
  const steps: readonly NextStep[] = [
    ["mclu status", "what is on, and what is free"],
    ["mclu list", "the guests of every node"],
    ["mclu build TEMPLATE NAME", "a guest, on the node with most room"],
    ["mclu ssh GUEST", "log in to one"],
    ["mclu stop GUEST", "have it switch itself off"],
    ["mclu help", "everything else"],
  ];
  return `${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`}: ${named}\n${style.dim(`of ${clean(file)}`)}\n\n${renderNextSteps(steps, style, columns)}`;
}
