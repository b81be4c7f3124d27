import type { InitReport } from "../operations/init/init.ts";
import type { TriedHost } from "../operations/init/try-hosts.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import { type NextStep, renderNextSteps } from "./next-steps.ts";
import type { Style } from "./style.ts";

/** For stderr: what a host that was tried came to. */
export function renderTried(host: TriedHost, style: Style): string {
  const name = clean(host.node);
  switch (host.state) {
    case "on": {
      const facts = [
        `libvirt ${clean(host.version ?? "of unknown version")}`,
        ...(host.become === "sudo" ? ["by sudo"] : []),
        ...(host.mac === null ? [] : [`mac ${clean(host.mac)}`]),
      ];
      return `${name}: ${style.on("on")}: ${facts.join(", ")}\n`;
    }
    case "off":
      return `${name}: ${style.off("off")}: ${clean(host.detail)}\n`;
    case "failed":
      return `${name}: ${style.failed(`failed: ${host.reason}`)}: ${clean(host.detail)}\n${renderHint(host.hint)}`;
  }
}

/** Where the configuration is, and what to type next. */
export function renderInit(
  { file, backup, hidden, command, hosts }: InitReport,
  style: Style,
  columns?: number,
): string {
  const nodes = hosts.filter(({ written }) => written).map(({ node }) => clean(node));
  const left = hosts.filter(({ written }) => !written).map(({ node }) => clean(node));
  const lines = [
    `${clean(file)}: ${nodes.length === 1 ? "1 node" : `${nodes.length} nodes`}`,
    ...(left.length === 0 ? [] : [`left out: ${left.join(" ")}`]),
    ...(backup === null ? [] : [`what was there before: ${clean(backup)}`]),
    ...(hidden === null ? [] : [`not read any more: ${clean(hidden)}`]),
  ];
  const mclu = clean(command);
  const steps: readonly NextStep[] = [
    [`${mclu} status`, "what is on, and what is free"],
    [`${mclu} doctor`, "what nodes lack, and what mends it"],
    [`${mclu} build debian-12 web1`, "a guest, on the node with most room"],
    ["mclu help", "everything else"],
  ];
  return `${lines.join("\n")}\n\n${renderNextSteps(steps, style, columns)}`;
}
