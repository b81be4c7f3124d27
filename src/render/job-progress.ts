import type { FollowEvent } from "../operations/job-follow.ts";
import { clean } from "./clean.ts";
import type { Terminal } from "./terminal.ts";
import { tickingLines } from "./ticking-lines.ts";
import { formatDuration } from "./time.ts";
import { cutDisplay } from "./width.ts";

/** Where several jobs are, while they run. */
export interface JobProgress {
  /** Takes what following a job tells. */
  event(job: string, event: FollowEvent): void;
  /** Takes everything off the screen; in a pipe the lines stay. */
  done(): void;
}

interface Line {
  readonly begun: number;
  stage: string;
  last: string;
  silent: string;
}

/**
 * One line per job on a terminal, replaced in place: stage, elapsed time, the last line of its log. In a pipe every stage
 * and every line is one of stderr's.
 * @param jobs what each is called, such as `ham0/web1`
 * @param now milliseconds
 */
export function jobProgress(terminal: Terminal, jobs: readonly string[], now = () => performance.now()): JobProgress {
  const lines = new Map<string, Line>(jobs.map((job) => [job, { begun: now(), stage: "...", last: "", silent: "" }]));
  const draw = (job: string) => renderLine(job, lines.get(job), now(), terminal.size?.columns);
  const live = terminal.stderrIsTty ? tickingLines(terminal, jobs, draw) : undefined;
  if (!live) return plainProgress(terminal);
  return {
    event(job, event) {
      const line = lines.get(job);
      if (!line) return;
      if (event.kind === "stage") Object.assign(line, { stage: event.name, last: "" });
      if (event.kind === "log" && event.line.trim() !== "") line.last = event.line;
      if (event.kind === "silent") line.silent = describeSilence(event);
      if (event.kind === "back") line.silent = "";
      live.redraw(job);
    },
    done() {
      for (const job of jobs) live.settle(job, "");
      live.done();
    },
  };
}

function renderLine(job: string, line: Line | undefined, now: number, columns = 80): string {
  if (!line) return "";
  const { begun, stage, last, silent } = line;
  const head = `${clean(job)}: ${clean(stage)} ${formatDuration((now - begun) / 1000)}`;
  const tail = silent === "" ? last : silent;
  // a full line would wrap on some terminals
  return `${cutDisplay(tail === "" ? head : `${head}  ${clean(tail)}`, columns - 1)}\n`;
}

function plainProgress(terminal: Terminal): JobProgress {
  return {
    event(job, event) {
      const text = plainText(event);
      if (text !== undefined) terminal.err(`${clean(job)}: ${clean(text)}\n`);
    },
    done: () => undefined,
  };
}

function plainText(event: FollowEvent): string | undefined {
  switch (event.kind) {
    case "log":
      return event.line;
    case "stage":
      return `[${event.name}]`;
    case "silent":
      return describeSilence(event);
    case "back":
      return "the node answers again";
    case "begin":
    case "end":
      return undefined;
  }
}

/** `node off: connect deadline 3 s; asked again in 4s`. */
export function describeSilence({ silence, retry }: Extract<FollowEvent, { readonly kind: "silent" }>): string {
  const what = silence.state === "off" ? "node off" : `no answer: ${silence.reason}`;
  return `${what}: ${silence.detail}; asked again in ${formatDuration(Math.ceil(retry))}`;
}
