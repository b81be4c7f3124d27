import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Survived } from "./bench.ts";

interface Case extends Survived {
  readonly group: string;
  readonly fault: string;
}

/** What differs from run to run, and has a fixed name in the table. */
interface Places {
  /** First three numbers of the fleet's network. */
  readonly net: string;
  readonly home: string;
  /** The fleet's directory. */
  readonly fleet: string;
}

/** Most lines that the table shows of a run. */
const shownLines = 3;

/**
 * Writes a survived case as JSON into $FAULT_RECORDS, for scripts/faults.mjs; nowhere without it.
 * What is not the same in each run is replaced: addresses, paths, fingerprints.
 */
export function recordCase({ group, fault, argv, result, reason, hint }: Case, places: Places): void {
  const directory = process.env.FAULT_RECORDS;
  if (directory === undefined) return;
  const fixed = (text: string) => withoutPlaces(text, places);
  const record = {
    group,
    fault,
    command: fixed(`mclu ${argv.join(" ")}`),
    shown: firstLines(fixed(result.stdout), fixed(result.stderr)),
    reason: reason ?? "",
    hint: fixed(hint ?? ""),
    code: result.code,
    ms: Math.round(result.ms),
  };
  const name = `fault ${group} ${fault}`.replace(/[^\w]+/g, "-");
  writeFileSync(join(directory, `${name}.json`), JSON.stringify(record));
}

function withoutPlaces(text: string, { net, home, fleet }: Places): string {
  const [first, second, third] = net.split(".").map(Number);
  // where jump nodes are: see test/fleet/cluster.sh
  const behind = `${first}.${second}.${(third ?? 0) ^ 128}`;
  return text
    .replaceAll(home, "~")
    .replaceAll(`${fleet}/home`, "~")
    .replaceAll(`${net}.`, "192.0.2.")
    .replaceAll(`${behind}.`, "198.51.100.")
    .replaceAll(/SHA256:[\w+/]{43}/g, "SHA256:…")
    .replaceAll(/\b(total|used|free): .*/g, "$1: …");
}

/** What a user sees first: the answer, and what is said about it. */
function firstLines(stdout: string, stderr: string): string {
  const lines = `${stdout}\n${stderr}`.split(/\r?\n/).map((line) => line.replaceAll(/ {2,}/g, "  ").trimEnd());
  return (
    lines
      // of what is replaced, a narrow terminal may have wrapped the end
      .filter((line) => line !== "" && !/^ *-?[\d.]+[GT]$/.test(line))
      .slice(0, shownLines)
      .join("\n")
  );
}
