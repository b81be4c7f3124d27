import type { Topic } from "./topic.ts";

export const output: Topic = {
  name: "output",
  summary: "output: text for people, JSON, CSV and names for programs",
  blocks: [
    "stdout is the answer, stderr the conversation: questions, plans, progress, warnings and errors. On a terminal there are colours and rows that fill in as nodes answer; in a pipe plain text, complete and in the same order. Progress is one line for each guest on a terminal, plain lines elsewhere.",
    {
      terms: [
        ["-o text", "The default."],
        ["-o json", "One document, as schema/mclu.schema.json describes it: bytes and seconds are numbers."],
        ["-o csv", "One line for each row, quoted as RFC 4180 has it."],
        ["-o name", "One name a line, guests as NODE/GUEST; names may have blanks and quotes: xargs -d '\\n'."],
        ["--columns A,B", "Which columns, and in which order."],
        ["--no-header", "Without the line of headings."],
      ],
    },
    "A number that nobody gave is - in text and null in JSON, never 0. Control characters from nodes and guests are shown, not obeyed. Sizes are powers of 1024, with one decimal.",
    "JSON has a version; fields are added to it, and none changes its meaning or goes away before the next one.",
    {
      lines: [
        "mclu list --running -o name | xargs -rd '\\n' mclu ip",
        "mclu status -o json | jq '.nodes[] | select(.state != \"on\") | .node'",
      ],
    },
  ],
};
