import type { CloneDisk, ClonePlan, CloneTarget } from "../operations/clone/clone-plan.ts";
import { clean } from "./clean.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";

/** A plan for people. */
export function renderClonePlan({ image, targets }: ClonePlan, style: Style): string {
  const count = targets.length === 1 ? "1 guest" : `${targets.length} guests`;
  const each = targets.map((target) => renderTarget(target, style));
  return `${style.heading("plan:")} clone ${count} from ${clean(image)}\n${each.join("")}`;
}

function renderTarget(
  { node, name, image, memory, vcpus, disks, nvram, identity, start, notes }: CloneTarget,
  style: Style,
) {
  const fields: [string, string][] = [
    ["image", clean(`${node}/${image.name}`)],
    ["memory", formatBytes(memory)],
    ["vcpus", String(vcpus)],
    ["disks", disks.length > 0 ? disks.map(describeDisk).join("\n") : "-"],
    ...(nvram ? [["nvram", clean(`${nvram.path}, copy of ${nvram.source}`)] as [string, string]] : []),
    ["identity", identity ? "its own name, network settings, machine id and SSH host keys" : "as the image's"],
    ["started", start ? "yes" : "no"],
  ];
  const body = renderFields(fields, style).replace(/^/gm, "  ").trimEnd();
  const noted = notes.map((note) => `  ${style.warn("note:")} ${clean(note)}\n`);
  return `${style.name(clean(`${node}/${name}`))}\n${body}\n${noted.join("")}`;
}

function describeDisk({ target, source, path, format, size, linked }: CloneDisk): string {
  const how = linked ? "linked to" : "copy of";
  return clean(`${target}: ${path} (${format}, ${formatBytes(size)}), ${how} ${source}`);
}
