import type { BuildPlan, BuildTarget } from "../operations/build-plan.ts";
import { clean } from "./clean.ts";
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
