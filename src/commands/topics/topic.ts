import { fitHelp, wrapWords } from "../../render/wrap.ts";

/** A piece of a topic: a paragraph, lines that are typed or written, or words with their meanings. */
export type Block =
  | string
  | { readonly heading: string }
  | { readonly lines: readonly string[] }
  | { readonly terms: readonly (readonly [term: string, meaning: string])[] };

/** What `mclu help NAME` says; the manual pages and docs/commands.md are made of the same. */
export interface Topic {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly blocks: readonly Block[];
}

/** Columns that topics take at most. */
const widest = 80;

/** A topic as plain text, with a newline at its end, for a screen of so many columns. */
export function renderTopic({ summary, blocks }: Topic, columns = widest): string {
  const width = Math.min(widest, columns);
  const text = [wrap(summary, "", width), ...blocks.map((block) => renderBlock(block, width))].join("\n\n");
  return `${columns < widest ? fitHelp(text, columns) : text}\n`;
}

/** The topic that `help TOPIC` asks for. */
export function topicIn(argv: readonly string[], topics: readonly Topic[]): Topic | undefined {
  return argv.length === 2 && argv[0] === "help" ? topics.find(({ name }) => name === argv[1]) : undefined;
}

/** What stands below the list of commands. */
export function listTopics(topics: readonly Topic[], columns = widest): string {
  const terms = topics.map(({ name, summary }) => [name, summary.slice(summary.indexOf(": ") + 2)] as const);
  return `\nTopics (mclu help TOPIC):\n${renderBlock({ terms }, Math.min(widest, columns))}`;
}

function renderBlock(block: Block, width: number): string {
  if (typeof block === "string") return wrap(block, "", width);
  if ("heading" in block) return `${block.heading}:`;
  if ("lines" in block) return block.lines.map((line) => `  ${line}`.trimEnd()).join("\n");
  // where the screen is narrow every term stands on a line of its own, as a long one does anywhere
  const narrow = width < 60;
  const column = narrow ? 6 : Math.min(26, Math.max(...block.terms.map(([term]) => term.length)) + 4);
  return block.terms
    .map(([term, meaning]) => {
      const text = wrap(meaning, " ".repeat(column), width);
      return narrow || term.length + 4 > column ? `  ${term}\n${text}` : `  ${term}`.padEnd(column) + text.trimStart();
    })
    .join("\n");
}

function wrap(text: string, indent: string, width: number): string {
  return wrapWords(text.split(" "), width, { first: indent, rest: indent });
}
