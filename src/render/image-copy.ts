import type { CopyPlan } from "../operations/copy/copy-plan.ts";
import { clean } from "./clean.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

/** Which way a copy goes, and how much that is. */
export function describeWay({ image, node, direct, size, resumes }: CopyPlan): string {
  const all = `${formatBytes(size)} at most`;
  const way =
    direct === null
      ? `${node} cannot log in to ${image.node}: all goes through this machine, ${all} in and as much out`
      : `${node} fetches it from ${direct}, ${all}`;
  return resumes === null ? way : `${way}; the copy ${resumes} is gone on with`;
}

/** A plan for people. */
export function renderCopyPlan(plan: CopyPlan, style: Style): string {
  const { image, node, files, notes } = plan;
  const fields: [string, string][] = [
    ["files", files.map(({ what, path, size }) => clean(`${what}: ${path} (${formatBytes(size)})`)).join("\n")],
    ["way", clean(describeWay(plan))],
  ];
  const noted = notes.map((note) => `  ${style.warn("note:")} ${clean(note)}\n`);
  const body = renderFields(fields, style).replace(/^/gm, "  ").trimEnd();
  return `${style.heading("plan:")} copy ${clean(`${image.node}/${image.name}`)} to ${clean(node)}\n${body}\n${noted.join("")}`;
}
