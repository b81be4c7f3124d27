import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { applyPlan } from "../operations/apply-plan.ts";
import { type DraftFile, writeDraft } from "../operations/edit/draft-file.ts";
import { type Draft, openDraft } from "../operations/edit/plan-edit.ts";
import { clean } from "../render/clean.ts";
import { renderSilence } from "../render/silence.ts";
import { temporaryDirectory } from "../temporary-directory.ts";
import { addChangeOptions, type ChangeFlags, reportChange, showPlan } from "./change.ts";
import type { Context } from "./context.ts";

interface EditFlags extends ChangeFlags {
  readonly validate: boolean;
}

const help = `
Examples:
  mclu edit web1
  EDITOR=nano mclu edit ham1/db
  mclu edit --dry-run web1

The editor is $VISUAL, $EDITOR or vi; the text is what the guest will be at its next start, with its passwords, in a file
that nobody else can read. libvirt checks it before it takes it. Should it find a mistake, the text can be edited again; what
was not taken stays in the file, which is named. Whatever somebody else changed meanwhile is not written over.`;

export function registerEdit(program: Command, context: Context): void {
  const command = program
    .command("edit")
    .argument("<guest>", "a name, a UUID or NODE/GUEST")
    .description("edit a guest's libvirt XML")
    .option("--no-validate", "without a check against libvirt's schema")
    .addHelpText("after", help);
  addChangeOptions(command).action(async (guest: string, flags: EditFlags) => {
    const editor = editorOf(context);
    const code = await context.withCluster(async (cluster) => {
      const draft = await openDraft(cluster, guest, { nodes: flags.node, signal: context.signal });
      const file = await writeDraft(temporaryDirectory(context.env.TMPDIR || "/tmp"), draft, draft.xml);
      let settled = false;
      try {
        const result = await editUntilTaken(context, cluster, draft, file, { ...flags, editor });
        settled = result.settled;
        return result.code;
      } finally {
        if (settled || !file.isChanged()) file.remove();
        else context.terminal.err(`what you wrote is in ${clean(file.path)}\n`);
      }
    });
    context.finish(code);
  });
}

/** A command line for a shell. Throws UserError (exit 2) where only vi is left and nobody is there to use it. */
function editorOf({ env, terminal }: Context): string {
  const editor = env.VISUAL || env.EDITOR;
  if (editor) return editor;
  if (terminal.stdinIsTty && terminal.stdoutIsTty) return "vi";
  throw new UserError("there is no terminal to edit on", {
    hint: "set EDITOR to a command that changes the file it is given",
    exitCode: exitCodes.usage,
  });
}

/** `settled`: nothing of what the user wrote is lost when the file goes. */
async function editUntilTaken(
  context: Context,
  cluster: Cluster,
  draft: Draft,
  file: DraftFile,
  flags: EditFlags & { readonly editor: string },
): Promise<{ readonly settled: boolean; readonly code: number }> {
  const { terminal, prompter, signal, warnings } = context;
  for (;;) {
    const ended = await terminal.run(["sh", "-c", `${flags.editor} "$@"`, "mclu", file.path], signal);
    signal.throwIfAborted();
    if (ended !== 0)
      throw new UserError(`the editor ended with ${ended ?? "a signal"}; nothing was changed`, {
        hint: `EDITOR is ${flags.editor}`,
      });
    const plan = draft.plan(await file.read(), flags);
    terminal.err(renderSilence(plan.nodes, warnings));
    const shown = showPlan(context, cluster, plan, flags);
    if (shown !== undefined) return { settled: true, code: shown };
    const report = await applyPlan(cluster, plan, { signal });
    const code = reportChange(context, report, flags);
    const [result] = report.results;
    if (result?.outcome === "done" || result?.outcome === "already") return { settled: true, code };
    const canMend = plan.targets.some(({ verdict }) => verdict === "refused") || result?.outcome === "failed";
    if (!canMend || signal.aborted || !(await prompter?.confirm("edit it again?"))) return { settled: false, code };
  }
}
