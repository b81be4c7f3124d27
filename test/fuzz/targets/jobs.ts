import * as fc from "fast-check";
import { parseCount } from "../../../src/commands/parse-count.ts";
import { UserError } from "../../../src/errors.ts";
import { readForeignFiles } from "../../../src/libvirt/foreign-files.ts";
import { readNamedFiles } from "../../../src/libvirt/named-files.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { readSnapshotDisks, readSnapshotFiles } from "../../../src/libvirt/snapshots.ts";
import { isJobId } from "../../../src/node/jobs/job-id.ts";
import { readLog } from "../../../src/node/jobs/log-events.ts";
import { parseJobs, parseOutcome } from "../../../src/node/jobs/parse-jobs.ts";
import { type AnyTarget, count, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";
import { snapshot } from "./recorded.ts";

const id = "20261121T134500-abcd1234";
const job = `now\t1000
touched\t960\t${id}
size\t12\t${id}
job\t${id}
spec\t{"kind":"build","guest":"web1"}
started\t900
stage\t950 publish it
reason\texists /p/web1.img is there already
end\tfailed 1 960
directory\t/var/lib/mclu/jobs/x
entry\tmade\tsame\t8*512\t/p/a b\tc
outcome\tkept\tanother file now\t/p/d
`;
const log = `\nmclu:${id} begin 900\nhello\r50%\r100%\n\nmclu:${id} stage 901 publish\n\nmclu:${id} end\n`;
const jobWords = [
  "job\t",
  id,
  "now\t",
  "spec\tnull\n",
  "spec\t1\n",
  "entry\tmade\t",
  "\t",
  "end\t",
  "stage\t",
  "\n",
  "*",
];

/** All that a job's log says, read in pieces. */
function eventsOf(pieces: readonly Buffer[]) {
  const reader = readLog(id);
  return [...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()];
}

export const jobTargets: readonly AnyTarget[] = [
  target({
    name: "parseJobs",
    about: "ids are job's ids; times, sizes and codes are finite numbers from 0 up, or null",
    seeds: [job],
    arbitrary: fc.oneof(mutationsOf([job], jobWords), textOf(["now\t1\n", ...jobWords])),
    errors: [UnexpectedOutput],
    parse: parseJobs,
    holds(jobs) {
      for (const { id, started, ended, elapsed, exitCode, idle, size, stage, manifest } of jobs) {
        must(isJobId(id), "no job's id", id);
        for (const each of [started, ended, elapsed, exitCode, idle, size]) count(each, "a number of a job");
        count(stage?.started ?? null, "a stage's start");
        for (const entry of manifest) count(entry.size, "a size");
      }
    },
  }),
  target({
    name: "parseOutcome",
    about: "what was kept has a reason field, what was removed none",
    seeds: ["kept\tanother file now\t/p/d", "removed\tmade\t/p/a"],
    arbitrary: textOf(["kept", "removed", "\t", "/p/a", "made"], 8),
    parse: parseOutcome,
    holds: (found) =>
      must(
        found.every(({ removed, why }) => !removed || why === ""),
        "a reason",
        found,
      ),
  }),
  target({
    name: "readLog",
    about: "the same events however the bytes were cut, no line longer than 64 Ki characters, times are finite",
    seeds: [log],
    arbitrary: mutationsOf([log], [`\nmclu:${id} `, "begin ", "stage ", "end", "\r", "\n", "\r\n"]),
    parse: (text) => eventsOf([Buffer.from(text)]),
    holds(events, text) {
      for (const event of events) {
        if (event.kind === "begin" || event.kind === "stage") count(event.at, "a time");
        if (event.kind === "log") must(event.line.length <= 64 * 1024, "too long a line", event.line.length);
      }
      const bytes = Buffer.from(text);
      if (bytes.length > 1000) return;
      same(eventsOf([...bytes].map((byte) => Buffer.from([byte]))), events, "byte by byte");
    },
  }),
  target({
    name: "readNamedFiles",
    about: "absolute paths and volumes, each once",
    seeds: ["<domain><a x='/p'>/q</a><source pool='p' volume='v'/></domain>"],
    arbitrary: mutationsOf(
      ["<domain><a x='/p'>/q</a><source pool='p' volume='v'/></domain>"],
      ["<a>", "</a>", "='/'", "/"],
    ),
    errors: [UnexpectedOutput],
    parse: (text) => readNamedFiles(text, "domain"),
    holds({ paths }) {
      must(paths.every((path) => path.startsWith("/")) && new Set(paths).size === paths.length, "no paths", paths);
    },
  }),
  target({
    name: "readForeignFiles",
    about: "what is not the guest's own",
    seeds: [
      "<domain><os><kernel>/k</kernel></os><devices><disk type='file'><source file='/d'/></disk></devices></domain>",
    ],
    arbitrary: mutationsOf(
      ["<domain><os><kernel>/k</kernel></os><devices><disk type='file'><source file='/d'/></disk></devices></domain>"],
      ["<readonly/>", "</disk>", "='/'", "/", "<loader>/l</loader>"],
    ),
    errors: [UnexpectedOutput],
    parse: (text) => readForeignFiles(text, new Set(["/d"])),
    holds(files) {
      must(
        files.every(({ path }) => path !== "/d" && path !== ""),
        "no foreign files",
        files,
      );
    },
  }),
  target({
    name: "readSnapshotDisks",
    about: "texts",
    seeds: [snapshot],
    arbitrary: mutationsOf([snapshot], ["<domain>", "<devices>", "<disk>", "<source file='/a'/>", "</disk>"]),
    errors: [UnexpectedOutput],
    parse: readSnapshotDisks,
    holds: (disks) =>
      must(
        disks.every((source) => typeof source === "string"),
        "no text",
        disks,
      ),
  }),
  target({
    name: "readSnapshotFiles",
    about: "texts that are not empty",
    seeds: [snapshot],
    arbitrary: mutationsOf([snapshot], ["<disk>", "<source file='/a'/>", "</disk>", "<memory file='/m'/>"]),
    errors: [UnexpectedOutput],
    parse: readSnapshotFiles,
    holds: (files) =>
      must(
        files.every((file) => file !== ""),
        "an empty name",
        files,
      ),
  }),
  target({
    name: "parseCount",
    about: "a whole number from 0 up",
    seeds: ["3"],
    arbitrary: textOf(["3", "0", "-", "."], 6),
    errors: [UserError],
    parse: parseCount,
    holds: (number) => must(Number.isSafeInteger(number) && number >= 0, "no number", number),
  }),
];
