import type { Topic } from "./topic.ts";

export const exitCodesTopic: Topic = {
  name: "exit-codes",
  summary: "exit codes: how a command says what became of it",
  blocks: [
    {
      terms: [
        ["0", "Done. A node that is off, and was not named, is no failure."],
        ["1", "None of it succeeded."],
        ["2", "Usage or configuration: nothing was contacted."],
        ["3", "Some of it failed; for a look: a node failed that was not named."],
        ["4", "No such guest, node or template, or more than one."],
        ["5", "A node that was needed or named cannot be reached, or no node answered."],
        ["6", "Refused by a safety check, or the answer was no."],
        ["7", "Not done by the deadline."],
        ["130", "Interrupted."],
        ["255", "Of exec, ssh and cp: the command could not be run."],
      ],
    },
    "Where several apply the first of 130, 2, 6, 5, 4, 7, 3, 1 is used. exec, ssh, cp and virsh pass the command's own code on, of several nodes the largest; exec and virsh end with 141 where their reader left (| head) while it ran.",
  ],
};
