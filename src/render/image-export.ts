import type { ExportReport } from "../operations/export/export.ts";
import type { ExportPlan } from "../operations/export/export-plan.ts";
import { clean } from "./clean.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

/** A plan for people. */
export function renderExportPlan({ image, format, files }: ExportPlan, style: Style): string {
  const lines = files.map(({ what, file, size }): [string, string] => [
    what,
    clean(`${file} (${format}, ${formatBytes(size)})`),
  ]);
  const body = renderFields(lines, style).replace(/^/gm, "  ").trimEnd();
  return `${style.heading("plan:")} export ${clean(`${image.node}/${image.name}`)}\n${body}\n`;
}

/** What is here now, a file a line. */
export function renderExport({ node, name, files }: ExportReport): string {
  return files
    .map(({ file, size, sha256 }) => `${clean(`${node}/${name}: ${file}`)} (${formatBytes(size)}, sha256 ${sha256})\n`)
    .join("");
}
