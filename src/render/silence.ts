import type { NodeAnswer } from "../operations/list.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Style } from "./style.ts";

/** For stderr: what the answer does not cover, and why. Nothing when every node answered. */
export function renderSilence(nodes: readonly NodeAnswer[], style: Style, what = "guests"): string {
  const lines = nodes.flatMap((node) => {
    if (node.state !== "failed") return [];
    const head = `${style.warn("warning:")} ${clean(node.node)} failed: ${node.reason}: ${clean(node.detail)}`;
    return [`${head}; its ${what} are unknown\n${renderHint(node.hint)}`];
  });
  const off = nodes.filter(({ state }) => state === "off").map(({ node }) => clean(node));
  if (off.length > 0) lines.push(`${style.dim(`off: ${off.join(" ")}`)}\n`);
  return lines.join("") + renderNobody(nodes, style);
}

/** A read that no node answered says so; nothing otherwise. */
export function renderNobody(nodes: readonly { readonly state: string }[], style: Style): string {
  const nobody = nodes.length > 0 && nodes.every(({ state }) => state !== "on");
  return nobody ? `${style.failed("error:")} no node answered\n` : "";
}

/** The nodes that have not answered yet, while the screen is live. */
export function renderPending(nodes: readonly string[], style: Style): string {
  return nodes.map((node) => style.dim(`${clean(node)} ...\n`)).join("");
}
