import * as fc from "fast-check";
import { historyListing } from "../../../src/render/history.ts";
import { renderListing } from "../../../src/render/output.ts";
import { createStyle } from "../../../src/render/style.ts";
import { parseJournal } from "../../../src/state/journal.ts";
import { parseKnownJobs } from "../../../src/state/known-jobs.ts";
import { parseLastSeen } from "../../../src/state/last-seen.ts";
import { printable } from "../holds.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";

const style = createStyle(false);
const journal = `{"time":1795259010,"user":"root","command":"start","node":"ham0","guest":"web1","uuid":"u","outcome":"done","seconds":1.5}
{"time":1795259011,"user":"root","command":"off","node":"ham1","guest":"","uuid":"","outcome":"failed","seconds":0.1}
`;
const seen = `{"version":1,"clusters":{"/a.conf":[{"node":"ham0","at":1795259010,"guests":[{"uuid":"u","name":"web1","active":true,"paused":true}]}]}}`;
const known = `{"version":2,"clusters":{"/a.conf":[{"id":"20261121T134500-abcd1234","live":true}]}}`;
const words = ['"', "{", "}", "[", "]", ":", ",", "null", "true", "1e400", "1e300", "-1", "\\u001b", "\n"];

function texts(seed: string) {
  return fc.oneof({ arbitrary: mutationsOf([seed], words), weight: 2 }, { arbitrary: textOf(words), weight: 1 });
}

export const stateTargets: readonly AnyTarget[] = [
  target({
    name: "parseJournal",
    about: "entries of the known fields alone, whose numbers are finite; `history` shows them",
    seeds: [journal, ""],
    arbitrary: texts(journal),
    parse: parseJournal,
    holds(entries) {
      for (const { time, seconds } of entries)
        must(Number.isFinite(time) && Number.isFinite(seconds), "no number", { time, seconds });
      if (entries.length > 1000) return;
      const report = { entries };
      for (const output of ["text", "csv", "json", "name"] as const)
        printable(renderListing(historyListing(report), { output, header: true }, style));
    },
  }),
  target({
    name: "parseLastSeen",
    about: "nodes and guests of the known shape, times are finite",
    seeds: [seen],
    arbitrary: texts(seen),
    parse: parseLastSeen,
    holds(clusters) {
      for (const { node, at, guests } of [...clusters.values()].flat()) {
        must(typeof node === "string" && Number.isFinite(at), "no node", { node, at });
        for (const { uuid, name, active } of guests)
          same([typeof uuid, typeof name, typeof active], ["string", "string", "boolean"], "no guest");
      }
    },
  }),
  target({
    name: "parseKnownJobs",
    about: "jobs of the known shape",
    seeds: [known],
    arbitrary: texts(known),
    parse: parseKnownJobs,
    holds(clusters) {
      for (const { id, live } of [...clusters.values()].flat())
        same([typeof id, typeof live], ["string", "boolean"], "no job");
    },
  }),
];
