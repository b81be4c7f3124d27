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

/** Columns of a terminal that help is written for. */
const width = 80;

/** A topic as plain text, with a newline at its end. */
export function renderTopic({ summary, blocks }: Topic): string {
  return `${[summary, ...blocks.map(renderBlock)].join("\n\n")}\n`;
}

/** The topic that `help TOPIC` asks for. */
export function topicIn(argv: readonly string[], topics: readonly Topic[]): Topic | undefined {
  return argv.length === 2 && argv[0] === "help" ? topics.find(({ name }) => name === argv[1]) : undefined;
}

/** What stands below the list of commands. */
export function listTopics(topics: readonly Topic[]): string {
  const terms = topics.map(({ name, summary }) => [name, summary.slice(summary.indexOf(": ") + 2)] as const);
  return `\nTopics (mclu help TOPIC):\n${renderBlock({ terms })}`;
}

function renderBlock(block: Block): string {
  if (typeof block === "string") return wrap(block, "");
  if ("heading" in block) return `${block.heading}:`;
  if ("lines" in block) return block.lines.map((line) => `  ${line}`.trimEnd()).join("\n");
  const column = Math.min(26, Math.max(...block.terms.map(([term]) => term.length)) + 4);
  return block.terms
    .map(([term, meaning]) => {
      const text = wrap(meaning, " ".repeat(column));
      // a long term stands on a line of its own
      return term.length + 4 > column ? `  ${term}\n${text}` : `  ${term}`.padEnd(column) + text.trimStart();
    })
    .join("\n");
}

function wrap(text: string, indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(indent + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join("\n");
}
