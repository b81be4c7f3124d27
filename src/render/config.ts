import { formatIniValue } from "../ini.ts";
import type { ConfigCheck, ConfigReport, ConfigSetting } from "../operations/config.ts";
import { formatExactSize } from "../size.ts";
import { clean } from "./clean.ts";
import type { Style } from "./style.ts";
import { padDisplay } from "./width.ts";

interface Line {
  readonly text: string;
  readonly comment: string;
}

/** The settings in force as an mclu.conf that says the same, with the origin of each in a comment. */
export function renderConfig(report: ConfigReport, style: Style): string {
  const blocks = [
    { section: "mclu", lines: [settingLine(report.fanout), ...templatesLine(report)] },
    { section: "nodes", lines: report.nodes.flatMap(({ node, settings }) => hostLine(node, settings)) },
    ...report.nodes.map(({ node, settings }) => ({
      section: `node.${node}`,
      lines: settings.filter(({ key }) => key !== "host").map(settingLine),
    })),
  ];
  const head = report.file === null ? "no mclu.conf: this machine only" : clean(report.file);
  return `${style.dim(`; ${head}`)}\n${blocks.map(({ section, lines }) => renderBlock(section, lines, style)).join("\n")}`;
}

/** One line for people. */
export function renderConfigCheck({ file, nodes }: ConfigCheck): string {
  if (file === null) return "no mclu.conf: this machine only\n";
  return `${clean(file)}: no errors, ${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}\n`;
}

function renderBlock(section: string, lines: readonly Line[], style: Style): string {
  const body = lines.map(({ text, comment }) => `${padDisplay(clean(text), 40)} ${style.dim(`; ${clean(comment)}`)}\n`);
  return `${style.heading(`[${clean(section)}]`)}\n${body.join("")}`;
}

function settingLine(setting: ConfigSetting): Line {
  const value = settingText(setting);
  // without a value: a comment, so that the output can be read as a configuration
  return {
    text: value === "" ? `;${setting.key} =` : `${setting.key} = ${value}`,
    comment: setting.origin,
  };
}

function hostLine(node: string, settings: readonly ConfigSetting[]): Line[] {
  const host = settings.find(({ key }) => key === "host");
  return host ? [{ text: `${node} = ${settingText(host)}`, comment: host.origin }] : [];
}

function templatesLine({ templates }: ConfigReport): Line[] {
  if (templates.length === 0) return [];
  const origins = new Set(templates.map(({ origin }) => origin));
  const text = `templates = ${formatIniValue(templates.map(({ directory }) => directory).join(":"))}`;
  return [{ text, comment: [...origins].join(", ") }];
}

function settingText({ value, unit }: ConfigSetting): string {
  if (value === null) return "";
  if (typeof value === "number") {
    if (unit === "bytes") return formatExactSize(value);
    return unit === "seconds" ? `${value}s` : String(value);
  }
  return formatIniValue(typeof value === "string" ? value : value.join(" "));
}
