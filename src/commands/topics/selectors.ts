import type { Topic } from "./topic.ts";

export const selectors: Topic = {
  name: "selectors",
  summary: "selectors: how guests and nodes are named",
  blocks: [
    {
      terms: [
        ["web1", "The guest of that name, wherever it lives."],
        ["6c8f2a52-...", "A guest by its whole UUID."],
        ["ham0/web1", "The guest on that node; no other node is contacted."],
        ["ham0:web1", "The same, where no guest has that whole name."],
        ["'web*'", "A glob of guests' names (* ? [a-c] [!x]), in quotes. A guest of exactly that name wins."],
        ["@fast/web1", "The guest on one of the nodes of that group."],
        ["ham0", "A node, where a command is about nodes."],
        ["@fast", "The nodes of that group."],
      ],
    },
    "--node NODE or --node @GROUP says where guests are looked for, --all takes every guest there.",
    "A name that two guests have is refused with both of their places (exit code 4). What a name was resolved to is a UUID: from then on nothing else reaches libvirt, and a change first checks on the node that this guest still has that name.",
    "While a node is off or failed, a bare name may be one of its guests: a look, start and stop go on and say so; what removes or moves wants NODE/GUEST where a node failed (exit code 6).",
    "A glob and --all ask before they power off or stop guests; -y agrees beforehand for one guest, --yes-all=N for exactly so many.",
  ],
};
