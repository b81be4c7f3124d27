import type { BuildPlan, BuildTarget } from "../operations/build-plan.ts";
import type { BuildResult } from "../operations/build-result.ts";
import { clean } from "./clean.ts";
import type { Listing } from "./output.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

/** A plan for people. */
export function renderBuildPlan({ template, steps, files, targets }: BuildPlan, style: Style): string {
  const count = targets.length === 1 ? "1 guest" : `${targets.length} guests`;
  const list = (lines: readonly string[]) => (lines.length > 0 ? lines.map(clean).join("\n") : "-");
  const common = renderFields(
    [
      ["template", clean(template.file)],
      ["steps", list(steps.flatMap((step) => step.split("\n")))],
      ["files", list(files.map(({ path, bytes }) => `${path} (${formatBytes(bytes)})`))],
    ],
    style,
  );
  return `${style.heading("plan:")} build ${count} from ${clean(template.name)}\n${common}${targets.map((target) => renderTarget(target, style)).join("")}`;
}

function renderTarget(target: BuildTarget, style: Style): string {
  const { node, name, memory, vcpus, size, network, disk, firmware, graphics, start, keys, notes } = target;
  const fields: [string, string][] = [
    ["memory", formatBytes(memory)],
    ["vcpus", String(vcpus)],
    ["disk", clean(`${disk}, ${size === null ? "as large as the image" : formatBytes(size)}`)],
    ["network", clean(network.kind === "bridge" ? `bridge:${network.name}` : network.name)],
    ["firmware", firmware],
    ["graphics", graphics],
    ["login", keys.length > 0 ? keys.map((key) => clean(`${key.fingerprint} (${key.from})`)).join("\n") : "-"],
    ["started", start ? "yes" : "no"],
  ];
  const body = renderFields(fields, style).replace(/^/gm, "  ").trimEnd();
  return `${style.name(clean(`${node}/${name}`))}\n${body}\n${notes.map((note) => `  ${style.warn("note:")} ${clean(note)}\n`).join("")}`;
}

/** What became of each guest, for every format. */
export function buildListing(report: { readonly results: readonly BuildResult[] }): Listing<BuildResult> {
  return {
    kind: "build",
    report,
    rows: report.results,
    columns: [
      { name: "name", value: (result) => result.name },
      { name: "node", value: (result) => result.node },
      { name: "outcome", value: (result) => result.outcome, color: colorOf },
      { name: "address", value: (result) => result.address },
      { name: "seconds", value: (result) => Math.round(result.seconds * 10) / 10, align: "right" },
      { name: "job", value: (result) => result.job, wide: true },
      { name: "uuid", value: (result) => result.uuid, wide: true },
    ],
    name: ({ node, name, uuid }) => (uuid === null ? null : `${node}/${name}`),
  };
}

function colorOf({ outcome }: BuildResult, style: Style) {
  if (outcome === "built" || outcome === "building") return style.on;
  return outcome === "cancelled" ? style.warn : style.failed;
}

/** For stderr: why what is not as it was asked for is so, and what to type. */
export function renderBuildProblems(results: readonly BuildResult[], style: Style): string {
  return results
    .flatMap(({ node, name, outcome, detail, hint }) => {
      const word = outcome === "built" ? style.warn("warning:") : style.failed("error:");
      const said = detail === null ? [] : [`${word} ${clean(`${node}/${name}`)}: ${clean(detail)}\n`];
      const next = hint === null ? [] : hint.split("\n").map((line) => `  try: ${clean(line)}\n`);
      return [...said, ...next];
    })
    .join("");
}
