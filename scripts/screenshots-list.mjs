/** The pictures of docs/screenshots: the file's name, what is typed, and what a reader who does not see it is told. */
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
  { name: "info", typed: "mclu info web1", title: "mclu info: everything about one guest" },
];
