import type { FollowEvent, FollowJobReport } from "../operations/job-follow.ts";
import { clean } from "./clean.ts";
import { describeSilence } from "./job-progress.ts";
import { renderOutcome, stateText } from "./jobs.ts";
import type { Style } from "./style.ts";
import type { Terminal } from "./terminal.ts";
import { formatDuration } from "./time.ts";

/** A job's log on stdout as it comes; its stages, and what happens on the way, on stderr. */
export function followView(terminal: Terminal, style: Style) {
  let began: number | undefined;
  const say = (text: string) => terminal.err(`${text}\n`);
  return {
    onFound: ({ node, id }: { readonly node: string; readonly id: string }) => say(`${id} on ${clean(node)}`),
    onEvent(event: FollowEvent): void | Promise<void> {
      switch (event.kind) {
        case "log":
          return terminal.pour("stdout", `${event.line.split("\t").map(clean).join("\t")}\n`);
        case "begin":
          began = event.at;
          return;
        case "stage":
          return say(style.heading(`${clean(event.name)} (after ${formatDuration(event.at - (began ?? event.at))})`));
        case "silent":
          return say(style.warn(clean(describeSilence(event))));
        case "back":
          return say("the node answers again");
        case "end":
          return;
      }
    },
    end({ node, id, job }: FollowJobReport) {
      if (!job)
        return say(
          `the job goes on on ${clean(node)}\n  again: mclu jobs follow ${id}\n  end it: mclu jobs cancel ${id}`,
        );
      say(`${stateText(job)}${job.elapsed === null ? "" : `, after ${formatDuration(job.elapsed)}`}`);
      if (job.outcome.length > 0) say(renderOutcome(job));
      if (job.state === "dead") say("  try: mclu gc");
    },
  };
}
