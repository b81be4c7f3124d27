import type { PreparedMoves } from "../operations/move/drain.ts";
import type { MovePlan } from "../operations/move/move-plan.ts";
import type { MoveReport, MoveResult } from "../operations/move/move-report.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Listing } from "./output.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";
import { formatSeconds } from "./time.ts";

/** What became of guests that were to be moved, for every format. */
export function moveListing(report: MoveReport): Listing<MoveResult> {
  return {
    kind: "migrate",
    report: { results: report.results },
    rows: report.results,
    columns: [
      { name: "name", value: (result) => result.name },
      { name: "from", value: (result) => result.from },
      { name: "to", value: (result) => result.to },
      { name: "outcome", value: (result) => result.outcome, color: colorOf },
      {
        name: "seconds",
        value: (result) => Math.round(result.seconds * 10) / 10,
        text: (result) => formatSeconds(result.seconds),
        align: "right",
      },
      { name: "node", value: (result) => result.node, wide: true },
      { name: "job", value: (result) => result.job, wide: true },
      { name: "uuid", value: (result) => result.uuid, wide: true },
    ],
    name: ({ node, name }) => (node === null ? null : `${node}/${name}`),
  };
}

function colorOf({ outcome }: MoveResult, style: Style) {
  return outcome === "moved" ? style.on : style.failed;
}

/** For stderr: what else there is to know of each guest, and what to type. */
export function renderMoveProblems({ results, warnings }: MoveReport, style: Style): string {
  const lines = results.flatMap((result) => {
    const { name, from, node, state, outcome, kept, detail, hint, exitCode } = result;
    const place = clean(`${node ?? from}/${name}`);
    const word = outcome === "moved" ? style.warn("warning:") : style.failed("error:");
    const said = detail === null ? [] : [`${word} ${place}: ${clean(detail)}\n`];
    const stays = outcome === "stayed" ? [`${style.dim("note:")} ${place} is ${state ?? "there"}, where it was\n`] : [];
    const files = kept.map((path) => `${style.dim("note:")} ${clean(`${from} keeps ${path}`)}\n`);
    const next = renderHint(hint, `  ${exitCode === 0 ? "to remove it" : "try"}: `);
    return [...said, ...stays, ...files, next];
  });
  return [...lines, ...warnings.map((warning) => `${style.warn("warning:")} ${clean(warning)}\n`)].join("");
}

/** A plan for people. */
export function renderMovePlan(plan: MovePlan, style: Style): string {
  const { guest, node, how, disks, nvram, tpm, size, control, data, notes } = plan;
  const paths = disks.map(({ target, path, way, size: bytes }) =>
    clean(
      way === "shared"
        ? `${target}: ${path} is shared`
        : `${target}: ${path} is copied (${formatBytes(bytes)} at most)`,
    ),
  );
  const fields: [string, string][] = [
    ["how", how === "live" ? "it runs on while it moves" : "it is off, and stays so"],
    ...(paths.length > 0 ? [["disks", paths.join("\n")] as [string, string]] : []),
    ...(nvram
      ? [["UEFI", clean(`${nvram.path} ${nvram.way === "copied" ? "goes with it" : "is shared"}`)] as [string, string]]
      : []),
    ...(tpm === null ? [] : [["TPM", clean(`${tpm} goes with it`)] as [string, string]]),
    ...(size > 0 ? [["copied", `${formatBytes(size)} at most`] as [string, string]] : []),
    ["control", control === null ? "through this machine" : clean(control)],
    ...(data === null ? [] : [["memory", clean(`to ${data}`)] as [string, string]]),
  ];
  const noted = notes.map((note) => `  ${style.warn("note:")} ${clean(note)}\n`);
  const body = renderFields(fields, style).replace(/^/gm, "  ").trimEnd();
  return `${style.heading("plan:")} move ${clean(`${guest.node}/${guest.name}`)} to ${clean(node)}\n${body}\n${noted.join("")}`;
}

/** Where the guests of a node go, or come from, for people. */
export function renderDrainPlan(
  plan: Pick<PreparedMoves, "verb" | "node" | "stuck"> & { readonly moves: readonly MovePlan[] },
  style: Style,
): string {
  const { verb, node, moves, stuck } = plan;
  const lines = moves.map(({ guest, node: to, size }) => {
    const copied = size === 0 ? "" : `, ${formatBytes(size)} at most`;
    return `  ${clean(`${guest.node}/${guest.name}`)} to ${clean(to)}${copied}\n`;
  });
  const left = stuck.map(
    (one) => `  ${style.failed(`${clean(`${one.node}/${one.name}`)} stays`)}: ${clean(one.why)}\n`,
  );
  const none = moves.length + stuck.length === 0 ? "  no guest is to be moved\n" : "";
  return `${style.heading("plan:")} ${verb} ${clean(node)}\n${none}${lines.join("")}${left.join("")}`;
}
