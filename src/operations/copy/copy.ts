import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { FollowEvent } from "../../node/jobs/follow.ts";
import { commandLine } from "../../node/shell.ts";
import { endedBy } from "../../node/until-aborted.ts";
import { followOne, type MakeReport, makeGuests, settle } from "../guest-jobs.ts";
import type { GuestResult } from "../guest-result.ts";
import { type GuestJob, jobDirectory, partOf } from "../guest-stages.ts";
import { copyJobSpec } from "./copy-job.ts";
import type { PreparedCopy } from "./prepare-copy.ts";
import { relayFiles } from "./relay.ts";
import { lease } from "./transfer-shell.ts";

export interface CopyOptions {
  /** USER@HOST, for the image's metadata and for whoever lists jobs. */
  readonly client: string;
  /** Leave the job running and return: for a direct copy. */
  readonly detach?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: FollowEvent) => void) | undefined;
}

const verb = "image copy";
const words = { done: "copied", doing: "copying" } as const;
const otherBrings =
  "another client brings the files; this one follows, and takes over where that one is gone: Ctrl-C leaves the copy alone";

/** Copies what was prepared, as `makeGuests` does, or goes on with a copy that waits. */
export async function copyImage(cluster: Cluster, prepared: PreparedCopy, options: CopyOptions): Promise<MakeReport> {
  const { plan, way, host, directory, source, resumedUuid } = prepared;
  const { client, detach, signal } = options;
  // one name on several nodes is what a copy is for
  const target = {
    node: plan.node,
    name: plan.image.name,
    memory: 0,
    besides: cluster.nodes.map(({ name }) => name).filter((name) => name !== plan.node),
  };
  const { home, isRoot } = host;
  const jobOf = (id: string, uuid: string, reservation: string): GuestJob => ({
    ...{ id, name: target.name, uuid, start: false, home, isRoot, client, reservation },
    uri: cluster.node(plan.node).settings.uri,
    pool: { name: plan.pool, directory },
  });
  const ended = endedBy(signal);
  const hear = (event: FollowEvent) => options.onEvent?.(event);
  /** Whether the files come from this client. */
  let brings = false;
  const relay = (id: string) => {
    // one that waits may have been begun when its nodes could not reach each other; one that fetches by itself asks for nothing
    if (way.kind === "direct" && plan.resumes === null) return Promise.resolve();
    const job = jobOf(id, "", "");
    return relayFiles({
      source: source.guest.node,
      target: cluster.node(plan.node),
      jobDirectory: jobDirectory(job),
      files: plan.files,
      partOf: (path) => partOf(path, job),
      signal: ended.signal,
      onTurn: (isOurs) => {
        brings = isOurs;
        if (!isOurs) hear({ kind: "log", line: otherBrings });
      },
    }).catch(() => undefined);
  };
  let relaying: Promise<void> | undefined;
  const how = { signal, detach, onEvent: (_: unknown, event: FollowEvent) => hear(event) };
  try {
    if (plan.resumes !== null) {
      const ids = { id: plan.resumes, uuid: resumedUuid ?? "" };
      relaying = relay(ids.id);
      const follow = async () => {
        const result = await followOne(cluster, target, words, ids, { ...how, leaves: () => !brings });
        return { ...result, uuid: result.uuid || null };
      };
      const { result, warning } = await settle(cluster, verb, target, follow, signal);
      return { results: [withWayOn(result, prepared)], warnings: warning === undefined ? [] : [warning] };
    }
    const report = await makeGuests(
      cluster,
      [target],
      {
        verb,
        words,
        specOf: (_node, _target, { id, uuid, key }) => {
          const built = {
            source: { kind: "image", name: `${plan.image.node}/${plan.image.name}` },
            builder: client,
            date: new Date().toISOString(),
          } as const;
          return Promise.resolve(copyJobSpec({ ...jobOf(id, uuid, key), plan, source, way, built }));
        },
      },
      {
        ...how,
        onJob: (_, id) => {
          relaying = relay(id);
        },
      },
    );
    return { ...report, results: report.results.map((result) => withWayOn(result, prepared)) };
  } finally {
    ended.abort(new UserError("the copy has ended"));
    await relaying;
  }
}

/** Of a copy that goes through this machine, and whose target was lost, more is known than of others: it waits. */
function withWayOn(result: GuestResult, { plan, way }: PreparedCopy): GuestResult {
  const isLost = result.outcome === "unknown" && result.exitCode === exitCodes.unreachable;
  if (!isLost || way.kind !== "relayed") return result;
  const again = commandLine(["mclu", ...verb.split(" "), `${plan.image.node}/${plan.image.name}`, plan.node]);
  return { ...result, hint: `once it answers, within ${lease / 60} minutes, to go on where it was: ${again}` };
}
