import type { TemplateListReport, TemplateRow } from "../operations/template-list.ts";
import type { TemplateReport } from "../operations/template-show.ts";
import type { TemplateValidation } from "../operations/template-validate.ts";
import { formatExactSize } from "../size.ts";
import { clean } from "./clean.ts";
import { prefixed } from "./lines.ts";
import type { Listing } from "./output.ts";
import { formatSize, formatSmallSize } from "./size.ts";
import type { Style } from "./style.ts";
import type { Column } from "./table.ts";

const columns: readonly Column<TemplateRow>[] = [
  { name: "name", value: ({ name }) => name, color: (_, style) => style.name },
  {
    name: "memory",
    value: ({ memory }) => memory,
    text: ({ memory }) => formatSmallSize(memory),
    align: "right",
  },
  { name: "vcpus", value: ({ vcpus }) => vcpus, align: "right" },
  { name: "size", value: ({ size }) => size, text: ({ size }) => formatSize(size), align: "right" },
  { name: "tested", value: ({ tested }) => tested },
  {
    name: "description",
    value: ({ description, problems }) => (problems.length > 0 ? "broken" : description),
    color: ({ problems }, style) => (problems.length > 0 ? style.failed : undefined),
  },
  { name: "kind", value: ({ kind }) => kind, wide: true },
  { name: "os", value: ({ os }) => os, wide: true },
  { name: "from", value: ({ directory }) => directory, wide: true },
  { name: "shadows", value: ({ shadowed }) => shadowed.join(" "), wide: true },
];

export function templateListing(report: TemplateListReport): Listing<TemplateRow> {
  return { kind: "template-list", report, rows: report.templates, columns, name: ({ name }) => name };
}

/** What is wrong with listed templates, for stderr. */
export function renderBroken({ templates }: TemplateListReport, style: Style): string {
  const broken = templates.filter(({ problems }) => problems.length > 0);
  return broken
    .map(({ name, problems: [first = ""] }) => `${style.warn("warning:")} ${clean(name)} is broken: ${clean(first)}\n`)
    .join("");
}

/** The recipe as a template that says the same: every value in force, local files in full, `***` for passwords. */
export function renderTemplate(report: TemplateReport, style: Style): string {
  const { base, network } = report;
  const values: readonly (readonly [string, string | number | null])[] = [
    ["description", report.description],
    ["image", base.kind === "virt-builder" ? base.image : null],
    ["check-signature", base.kind === "virt-builder" && !base.checkSignature ? "no" : null],
    ["source", base.kind === "cloud-image" ? base.source : null],
    ["checksum", base.kind === "cloud-image" ? base.checksum : null],
    ["memory", formatExactSize(report.memory)],
    ["vcpus", report.vcpus],
    ["size", report.size === null ? null : formatExactSize(report.size)],
    ["firmware", report.firmware],
    ["network", network && (network.kind === "bridge" ? `bridge:${network.name}` : network.name)],
    ["pool", report.pool],
    ["graphics", report.graphics],
    ["os", report.os],
    ["tested", report.tested === null ? null : report.tested ? "yes" : "no"],
  ];
  const head = values.flatMap(([key, value]) => (value === null ? [] : `${key} = ${clean(String(value))}\n`));
  const steps = report.steps.map(({ name, value }) =>
    value === null ? `${name}\n` : prefixed(`${name} ${value.replaceAll("\n", "\\\n")}\n`, ""),
  );
  const files = report.files.map(
    ({ path, kind, bytes }) => `${style.dim(`; travels: ${clean(path)} (${kind}, ${bytes} bytes)`)}\n`,
  );
  const heading = (name: string) => `${style.heading(`[${name}]`)}\n`;
  return [
    `${style.dim(`; ${clean(report.file)}`)}\n`,
    ...files,
    heading("template"),
    ...head,
    `\n${heading("customize")}`,
    ...steps,
  ].join("");
}

/** A line per template that is right, and a line per problem of the others. */
export function renderValidation({ templates }: TemplateValidation, style: Style): string {
  return templates
    .map(({ name, problems }) =>
      problems.length === 0
        ? `${clean(name)}: ${style.on("no errors")}\n`
        : problems.map((problem) => `${clean(problem)}\n`).join(""),
    )
    .join("");
}
