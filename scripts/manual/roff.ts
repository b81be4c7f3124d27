import type { Block, Topic } from "../../src/commands/topics/topic.ts";
import type { Described, Term } from "./described.ts";

/** The manual page of the program, section 1. */
export function programPage(
  commands: readonly Described[],
  options: readonly Term[],
  topics: readonly Topic[],
): string {
  const headings = [...new Set(commands.map(({ heading }) => heading))];
  const inSection1 = topics.filter(({ name }) => !otherPages.has(name));
  return page("mclu", 1, "manage a small virtualization cluster from one command", [
    ".SH SYNOPSIS",
    ".B mclu\n[\\fIoptions\\fR] \\fIcommand\\fR [\\fIarguments\\fR]",
    ".SH DESCRIPTION",
    paragraph(
      "mclu asks the nodes of a cluster over SSH, all at once, and shows, builds, changes and moves the guests that libvirt runs there. Nothing is installed on the nodes. Which nodes there are stands in mclu.conf(5).",
    ),
    ".SH OPTIONS",
    terms(options),
    ...headings.flatMap((heading) => [
      `.SH ${asIs(heading.toUpperCase())}`,
      ...commands.filter((command) => command.heading === heading).map(commandPart),
    ]),
    ...inSection1.flatMap(({ name, blocks }) => [
      `.SH ${name === "exit-codes" ? "EXIT STATUS" : asIs(name.toUpperCase())}`,
      ...blocks.map(blockPart),
    ]),
    ".SH SEE ALSO",
    ".BR mclu.conf (5),\n.BR mclu-template (5),\n.BR virsh (1),\n.BR virt-builder (1),\n.BR ssh_config (5)",
  ]);
}

/** Topics with a page of their own, section 5, and its name. */
export const otherPages: ReadonlyMap<string, string> = new Map([
  ["configuration", "mclu.conf"],
  ["templates", "mclu-template"],
]);

export function topicPage({ name, summary, blocks }: Topic): string {
  const title = otherPages.get(name) ?? name;
  const meaning = summary.slice(summary.indexOf(": ") + 2);
  return page(title, 5, meaning, [".SH DESCRIPTION", ...blocks.map(blockPart), ".SH SEE ALSO", ".BR mclu (1)"]);
}

function page(title: string, section: number, meaning: string, parts: readonly string[]): string {
  const head = `.TH ${title.toUpperCase()} ${section} "" mclu mclu`;
  return `${[head, ".SH NAME", `${title} \\- ${asIs(meaning)}`, ...parts].join("\n")}\n`;
}

function commandPart({ name, usage, description, options, more }: Described): string {
  const said = more === "" ? [] : [more.split("\n\n").map(preformatted).join("\n.PP\n")];
  return [`.SS ${asIs(`${name} ${usage}`.trim())}`, paragraph(description), terms(options), ...said].join("\n");
}

function blockPart(block: Block): string {
  if (typeof block === "string") return paragraph(block);
  if ("heading" in block) return `.SS ${asIs(block.heading)}`;
  return "lines" in block ? preformatted(block.lines.map((line) => `  ${line}`).join("\n")) : terms(block.terms);
}

const terms = (all: readonly Term[]) =>
  all.map(([term, meaning]) => `.TP\n\\fB${asIs(term)}\\fR\n${asIs(meaning)}`).join("\n");

const paragraph = (text: string) => `.PP\n${asIs(text)}`;

const preformatted = (text: string) => `.PP\n.nf\n${text.split("\n").map(asIs).join("\n")}\n.fi`;

/** As it is: no request at the beginning of a line, no hyphen where a minus is meant. */
function asIs(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replaceAll("^", "\\(ha");
  return plain
    .replaceAll("~", "\\(ti")
    .replaceAll("`", "\\(ga")
    .replace(/^(?=[.])/gm, "\\&");
}
