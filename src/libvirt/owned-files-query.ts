import { type Query, UnexpectedOutput } from "./query.ts";

/** A file or directory of a node, and whose it is. */
export interface OwnedFile {
  readonly kind: "file" | "directory" | "other";
  /** As chmod takes it: `600`. */
  readonly mode: string;
  /** Names, or numbers that have none there. */
  readonly user: string;
  readonly group: string;
  /** Bytes. */
  readonly size: number;
  readonly path: string;
}

/** What is at these absolute paths, directories with all that is in them, above what is below; nothing for what is not there. */
export function ownedFilesQuery(paths: readonly string[]): Query<readonly OwnedFile[]> {
  const script = 'for path; do find "$path" -printf "%y %m %u %g %s %p\\n" 2>/dev/null || :; done';
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", ...paths] }],
    parse: ([answer]) =>
      (answer?.texts[0] ?? "")
        .split("\n")
        .filter((line) => line !== "")
        .map(parseLine),
  };
}

function parseLine(line: string): OwnedFile {
  const [, letter, mode, user, group, size, path] =
    /^(\w) ([0-7]{1,4}) (\S+) (\S+) (\d{1,20}) (\/.*)$/.exec(line) ?? [];
  if (mode === undefined || user === undefined || group === undefined || path === undefined)
    throw new UnexpectedOutput("find's line", line);
  const kind = letter === "f" ? "file" : letter === "d" ? "directory" : "other";
  return { kind, mode, user, group, size: Number(size), path };
}

/** Numbers of users and groups on a node. */
export interface Owners {
  readonly users: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, number>;
}

/** The numbers that users and groups have on a node; those that it does not know are missing. */
export function ownersQuery(users: readonly string[], groups: readonly string[]): Query<Owners> {
  const step = (database: string, names: readonly string[]) => ({
    run: [
      ...[
        "sh",
        "-c",
        'database=$1; shift; for name; do getent "$database" "$name" | cut -d : -f 3 | grep . || echo none; done',
      ],
      ...["mclu", database, ...names],
    ],
  });
  const read = (names: readonly string[], text = "") => {
    const lines = text.split("\n");
    return new Map(
      names.flatMap((name, index): [string, number][] => {
        const line = lines[index] ?? "";
        return /^\d{1,10}$/.test(line) ? [[name, Number(line)]] : [];
      }),
    );
  };
  return {
    steps: [step("passwd", users), step("group", groups)],
    parse: ([ofUsers, ofGroups]) => ({
      users: read(users, ofUsers?.texts[0]),
      groups: read(groups, ofGroups?.texts[0]),
    }),
  };
}
