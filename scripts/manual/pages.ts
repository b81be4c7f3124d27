import { topics } from "../../src/commands/topics/all.ts";
import { type Described, describeCommands, type Term } from "./described.ts";
import { otherPages, programPage, topicPage } from "./roff.ts";

/** The generated pages: file, relative to the repository, and text. */
export async function manualPages(): Promise<ReadonlyMap<string, string>> {
  const { commands, options } = await describeCommands();
  const files = topics.filter(({ name }) => otherPages.has(name));
  return new Map([
    ["docs/commands.md", commandsPage(commands, options)],
    ["man/mclu.1", programPage(commands, options, topics)],
    ...files.map((topic) => [`man/${otherPages.get(topic.name)}.5`, topicPage(topic)] as const),
  ]);
}

function commandsPage(commands: readonly Described[], options: readonly Term[]): string {
  const headings = [...new Set(commands.map(({ heading }) => heading))];
  const parts = [
    "# Commands",
    "Made by `npm run manual` from the commands themselves; `mclu help COMMAND` shows the same. Options of the program stand before or behind any command:",
    optionList(options),
    ...headings.flatMap((heading) => [
      `## ${heading}`,
      ...commands.filter((command) => command.heading === heading).flatMap(commandPart),
    ]),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function commandPart({ name, usage, description, options, more }: Described): string[] {
  const sentence = `${description.charAt(0).toUpperCase()}${description.slice(1)}.`;
  const said = more === "" ? "" : `\`\`\`text\n${more}\n\`\`\``;
  return [`### \`${`${name} ${usage}`.trim()}\``, sentence, optionList(options), said];
}

function optionList(options: readonly Term[]): string {
  return options.map(([term, meaning]) => `- \`${term}\`: ${meaning.replaceAll("<", "\\<")}`).join("\n");
}
