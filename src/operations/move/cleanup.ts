import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes } from "../../errors.ts";
import type { Query } from "../../libvirt/query.ts";
import { makeJobId } from "../../node/jobs/job-id.ts";
import type { JobRecord } from "../../node/jobs/job-record.ts";
import { listJobs } from "../../node/jobs/read.ts";
import { readShell } from "../../node/jobs/read-shell.ts";
import type { Node } from "../../node/node.ts";
import { canListen } from "../../node/relayed-socket.ts";
import { quote } from "../../node/shell.ts";
import { askOne } from "../ask-one.ts";
import { refused } from "../build-refusals.ts";
import { placeOf } from "../guest-place.ts";
import { forgetControl } from "./control-socket.ts";
import type { MoveReport, MoveResult } from "./move-report.ts";
import { controlRefusal, controlUri } from "./reach-target.ts";
import { withRelayedControl } from "./relay-control.ts";
import { splitPlace } from "./split-place.ts";
import { findWhereabouts, stateOf, verdictOf } from "./whereabouts.ts";

/** Seconds that a repair may take: it waits for libvirt to give up, and for the target. */
const repairSeconds = 150;
/** Seconds that the node has besides, to end a repair that takes longer, and to say what came of it so far. */
const endSeconds = 15;

export interface CleanupOptions {
  /** The node that the move was to. A source that has to reach it through this machine is not believed without it. */
  readonly target?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Repairs the last move of a guest that did not come to its end, as its own rollback would: the guest stays, or has moved,
 * whichever libvirt says; a definition and volumes that are too many are removed. Throws UserError: exit 4 where no move of
 * it was left unfinished, 5 where its node does not answer, 6 while it still goes on, or where the target is another or has
 * to be said.
 */
export async function cleanUpMove(
  cluster: Cluster,
  guest: string,
  { target: said, signal }: CleanupOptions = {},
): Promise<MoveReport> {
  const { node, name } = splitPlace(cluster, guest);
  const wanted = said === undefined ? undefined : cluster.node(said);
  const ask = { patient: true, ...(signal && { signal }) };
  const jobs = await askOne(cluster, node, () => listJobs(node, ask), signal);
  const moves = jobs.filter((job) => job.kind === "migrate" && job.guest === name);
  const running = moves.find(({ state }) => state === "running" || state === "waiting");
  if (running) throw refused(`the move of ${node.name}/${name} goes on`, `mclu jobs follow ${running.id}`);
  const last = moves.filter(({ state, rolledBack }) => state !== "done" && !rolledBack).at(-1);
  if (!last?.template)
    throw refused(`no move of ${name} from ${node.name} was left unfinished`, `mclu jobs list ${node.name}, mclu list`);
  const begun = performance.now();
  const repair = (control?: string) =>
    node.ask(repairQuery(last.id, control), { ...ask, seconds: repairSeconds + endSeconds });
  const target = cluster.node(last.template);
  const place = placeOf({ node: node.name, name });
  if (wanted && wanted !== target)
    throw refused(
      `${node.name} says that the move was to ${target.name}`,
      `mclu migrate --cleanup ${place} ${quote(target.name)}`,
    );
  const reachAndRepair = async () => {
    const refusal = await controlRefusal(node, target, signal);
    // the job's own way may have been a socket that is gone
    if (refusal === null) return repair(controlUri(target));
    // nor would it be reached through this machine: the source does what it can, the way that the move went
    if (refusal.kind === "mute") return repair();
    if (!(await canListen(node, signal))) {
      // volumes of another host would go
      if (refusal.kind === "another")
        throw refused(`${node.name} cannot use the libvirt of ${target.name}: ${refusal.reason}`, refusal.fix);
      return repair();
    }
    // the record is the source's own: whoever writes there would choose whose libvirt this machine opens to it
    if (!wanted)
      throw refused(
        `${node.name} would reach libvirt of ${target.name} through this machine, so you must say that the move was there`,
        `mclu migrate --cleanup ${place} NODE`,
      );
    // another name than the job's socket, which sshd leaves behind when its client is killed
    return withRelayedControl(node, target, makeJobId(), repair);
  };
  const answer = await askOne(cluster, node, reachAndRepair, signal);
  const result = await judge(cluster, node, { ...last, guest: name, template: last.template }, answer);
  return { results: [{ ...result, seconds: Math.round(performance.now() - begun) / 1000 }], warnings: [] };
}

type Move = JobRecord & { readonly guest: string; readonly template: string };

async function judge(cluster: Cluster, node: Node, job: Move, said: string): Promise<MoveResult> {
  const lines = said.trim().split("\n");
  const [, uuid = ""] = /^guest (\S+)$/m.exec(said) ?? [];
  const seen = await findWhereabouts(cluster, { uuid, source: node.name, target: job.template });
  const verdict = verdictOf(seen);
  const word = lines.at(-1);
  const common = { name: job.guest, uuid, from: node.name, to: job.template, job: job.id, kept: [], seconds: 0 };
  const place =
    verdict === "moved" || verdict === "stayed"
      ? ({
          node: verdict === "moved" ? job.template : node.name,
          outcome: verdict,
          state: stateOf(verdict === "moved" ? seen.target : seen.source),
        } as const)
      : null;
  if (place && verdict === word)
    return {
      ...{ ...common, ...place, detail: null },
      hint: verdict === "moved" ? `mclu gc ${node.name}` : null,
      exitCode: exitCodes.done,
    };
  const unheard = [seen.source, seen.target].some(({ kind }) => kind === "unknown");
  const told = word === "moved" ? "has moved" : word === "stayed" ? "stayed" : null;
  const unsaid = place
    ? "its repair did not come to its end"
    : unheard && told
      ? `${node.name} says that it ${told}, and ${seen.source.kind === "unknown" ? node.name : job.template} does not answer this machine`
      : "where it is cannot be told now";
  return {
    ...{ ...common, ...(place ?? { node: null, outcome: "unknown", state: null }) },
    detail: lines.length > 2 ? lines.slice(1, -1).join("; ") : unsaid,
    hint: unheard ? "mclu status; once both nodes answer, type it again" : `mclu list, mclu jobs show ${job.id}`,
    exitCode: unheard ? exitCodes.unreachable : exitCodes.failed,
  };
}

/** What a repair said, to its end or until its time was up: where the guest is by then libvirt of both nodes is asked. */
function repairQuery(id: string, control?: string): Query<string> {
  return {
    // its last command may fail
    steps: [{ run: ["sh", "-c", `${repairShell(id, control)}\nexit 0`], cap: repairSeconds }],
    parse([answer]) {
      const said = answer?.texts[0] ?? "";
      if (answer?.code === 0 || /^(moved|stayed|unclear)$/m.test(said)) return said;
      return `${said.trim()}\nits repair did not come to its end within ${repairSeconds} s: type it again\nunclear\n`;
    },
  };
}

/** The rollback that the job brought with it. It is ours, as every level above it. */
function repairShell(id: string, control?: string): string {
  return `${readShell}mclu_open jobs look || exit 0
job=$mclu_dir/${id}
mclu_ours "$job" && mclu_mine "$job/rollback" || exit 0
${forgetControl(id)}
sed -n 's/^guest=\\([0-9a-f-]*\\)$/guest \\1/p' "$job/rollback"
${control === undefined ? "" : `MCLU_THERE=${quote(control)}; export MCLU_THERE`}
MCLU_JOB=$job MCLU_ID=${id} sh "$job/rollback" </dev/null 2>&1`;
}
