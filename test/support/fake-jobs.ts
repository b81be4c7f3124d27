import { NodeError, type NodeSilence } from "../../src/node/failure.ts";
import type { Node } from "../../src/node/node.ts";
import type { CommandEnd, RemoteCommand, StreamOptions } from "../../src/node/stream-command.ts";
import type { FakeAnswers, FakeFailure } from "./fake-host.ts";

/** What is asked of a node about jobs and reservations, by what the end of its script says. */
const questions = {
  list: 'set -- "$mclu_dir"/[0-9]',
  one: 'set -- "$mclu_dir"/2',
  log: "tail -c 65536",
  cancel: "echo told",
  clean: "\nforget() {",
  upload: 'echo "cut $(',
  reservations: 'look_at "$each" show; done',
  reserve: "echo reserved",
  hold: ': >"$directory/held"',
  drop: 'then rm -rf "$directory"; echo yes; fi',
  release: 'then rm -rf "$directory"; fi',
} as const;

type Said = string | FakeFailure | NodeSilence;

export type JobAnswers = Partial<Record<keyof typeof questions, Said | ((node: string, script: string) => Said)>>;

/** Answers what nodes are asked about jobs; what is not given is answered with nothing, and what else is asked by `run`. */
export function fakeJobs(answers: JobAnswers, run?: FakeAnswers["run"]): NonNullable<FakeAnswers["run"]> {
  const names = Object.keys(questions) as (keyof typeof questions)[];
  return (argv, node) => {
    const script = argv[0] === "sh" ? (argv[2] ?? "") : "";
    const name = names.find((one) => script.includes(questions[one]));
    if (name === undefined) return run?.(argv, node);
    const answer = answers[name] ?? "";
    const said = typeof answer === "function" ? answer(node, script) : answer;
    if (typeof said === "object" && "state" in said) throw new NodeError(said);
    return said;
  };
}

/** What a node says of its jobs: a block of facts for each. */
export function jobFacts(...jobs: readonly (readonly [id: string, ...facts: readonly string[]])[]): string {
  const blocks = jobs.map(([id, ...facts]) => [`job\t${id}`, ...facts].join("\n"));
  return ["now\t1000", ...blocks, ""].join("\n");
}

/** Facts of a job that came to its end so. */
export const ended = (how: "done" | "failed" | "cancelled", code = 0): readonly string[] => [
  ...["started\t900", `end\t${how} ${code} 960`, "live\tno"],
];

export interface ReservedJob {
  readonly answers: JobAnswers;
  /** Of the job, once the name was reserved for it. */
  readonly id: () => string;
  /** `reserve`, `release`: what the name came to. */
  readonly asked: readonly string[];
}

/** What a node answers that reserves a guest's name for whoever asks, and has these facts of their job then. */
export function reservedJob(name: string, facts: readonly string[]): ReservedJob {
  const asked: string[] = [];
  const key = Buffer.from(name).toString("hex");
  let id = "";
  const noting = (what: string, answer: string) => (_node: string, script: string) => {
    asked.push(what);
    id = /echo '?(\d{8}T\d{6}-[a-z0-9]{8})/.exec(script)?.[1] ?? id;
    return answer;
  };
  const answers: JobAnswers = {
    ...{ reserve: noting("reserve", "reserved"), hold: "yes", release: noting("release", "") },
    reservations: () => (id === "" ? "" : ["name", key, id, 1024, 1, 1, "no", "no", key].join("\t")),
    one: () => jobFacts([id, ...facts]),
  };
  return { answers, id: () => id, asked };
}

/** A node that takes a job, and what was sent to it. */
export function takesJob(): { readonly run: Run; readonly sent: () => string } {
  const pieces: Buffer[] = [];
  const run: Run = async ({ stdin, onStdout }) => {
    for await (const piece of stdin ?? []) pieces.push(Buffer.from(piece));
    await onStdout(Buffer.from("started\n"));
    return { kind: "exit", code: 0 };
  };
  return { run, sent: () => Buffer.concat(pieces).toString("utf8") };
}

type Run = (
  options: StreamOptions,
  command: RemoteCommand,
) => CommandEnd | NodeSilence | Promise<CommandEnd | NodeSilence>;

/** Lets commands of a node go so, one after the other; the last one again and again. */
export function runs(node: Node, ...all: readonly [Run, ...Run[]]): void {
  let count = 0;
  const stream: Node["stream"] = async (command, options) => {
    const run = all[Math.min(count++, all.length - 1)] ?? all[0];
    const end = await run(options, command);
    if ("state" in end) throw new NodeError(end);
    return end;
  };
  Object.assign(node, { stream });
}

/** A command that prints this. */
export const printing =
  (text: string): Run =>
  async ({ onStdout }) => {
    await onStdout(Buffer.from(text));
    return { kind: "exit", code: 0 };
  };
