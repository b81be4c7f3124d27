/**
 * The pictures of docs/screenshots: the file's name, what is typed, and what a reader who does not see it is told. `live`: it
 * goes on until somebody leaves it, on a screen of so many rows, and is as it should be once it shows this.
 * @type {readonly { name: string, typed: string, title: string, live?: { rows: number, shows: RegExp } }[]}
 */
export const shots = [
  {
    name: "status",
    typed: "mclu status",
    title: "mclu status: three nodes that are on, and one that is off",
  },
  {
    name: "status-wide",
    typed: "mclu status --wide",
    title: "mclu status --wide: load, pool, networks and versions, and what the node that is off had",
  },
  { name: "list", typed: "mclu list", title: "mclu list: six guests on three nodes" },
  {
    name: "place",
    typed: "mclu place --memory 4G",
    title: "mclu place: where a guest of 4G would be built, and why there",
  },
  {
    name: "drain",
    typed: "mclu drain ham0 --dry-run",
    title: "mclu drain --dry-run: which guest goes to which node, and what is copied",
  },
  {
    name: "top",
    typed: "mclu top",
    title: "mclu top: what nodes and guests do, and what the node that is off had",
    // bars and rates are there from the second look on
    live: { rows: 17, shows: /^ham2 +\[[\s\S]*^ham2\/mail +\[/m },
  },
  { name: "info", typed: "mclu info web1", title: "mclu info: everything about one guest" },
];
