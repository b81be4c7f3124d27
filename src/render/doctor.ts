import type { Diagnosis, DoctorReport, Finding } from "../operations/doctor/doctor.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Style } from "./style.ts";

/** Each node with what is wrong there and how to mend it; what is well, by name alone unless `all` is asked for. */
export function renderDoctor({ nodes }: DoctorReport, all: boolean, style: Style): string {
  return nodes.map((node) => renderNode(node, all, style)).join("");
}

function renderNode(node: Diagnosis, all: boolean, style: Style): string {
  const name = style.name(clean(node.node));
  if (node.state === "off") return `${name}: ${style.off("off")}\n`;
  if (node.state === "failed")
    return `${name}: ${style.failed(`failed: ${node.reason}`)}: ${clean(node.detail)}\n${renderHint(node.hint)}`;
  const shown = all ? node.findings : node.findings.filter(({ verdict }) => verdict !== "ok");
  const well = node.findings.filter(({ verdict }) => verdict === "ok").map(({ check }) => check);
  const rest = all || well.length === 0 ? "" : style.dim(`  ok: ${well.join(", ")}\n`);
  return `${name}: ${verdictOf(node.findings, style)}\n${shown.map((one) => renderFinding(one, style)).join("")}${rest}`;
}

function verdictOf(findings: readonly Finding[], style: Style): string {
  const count = (verdict: Finding["verdict"]) => findings.filter((one) => one.verdict === verdict).length;
  const [problems, warnings] = [count("problem"), count("warning")];
  const words = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  if (problems > 0) return style.failed(words(problems, "problem"));
  return warnings > 0 ? style.warn(`well, ${words(warnings, "warning")}`) : style.on("well");
}

function renderFinding({ check, verdict, detail, fix }: Finding, style: Style): string {
  const color = { ok: style.on, warning: style.warn, problem: style.failed }[verdict];
  const hint = renderHint(fix, "    try: ");
  return `  ${color(`${verdict}:`)} ${check}: ${clean(detail)}\n${hint}`;
}
