import type { JobSpec } from "../../node/jobs/job-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import { sourceCheck } from "../clone/source-check.ts";
import { compareFile, rememberFile } from "../move/last-check.ts";
import type { ExportPlan } from "./export-plan.ts";

/** Seconds that a converted disk waits for its client. */
const lease = 900;

/** The job of an export, on the image's node: before and after each conversion it looks at the guest; each disk is converted, waits until it was fetched, and is removed. */
export function exportJobSpec(
  { image, format, files }: ExportPlan,
  {
    uri,
    client,
    partOf,
    directory,
  }: {
    readonly uri: string;
    readonly client: string;
    readonly partOf: (what: string) => string;
    readonly directory: string;
  },
): JobSpec {
  const known = files.map(({ what, source }) => ({ target: what, path: source }));
  // of several disks one that was fetched long ago has to fit those that follow
  const unchanged = known.map((file, index) => compareFile(file, index, "while it was exported")).join("\n");
  return {
    kind: "export",
    guest: image.name,
    template: null,
    client,
    stages: files.map(({ what, source, sourceFormat }, at) => {
      const part = partOf(what);
      const argv = ["qemu-img", "convert", "-f", sourceFormat, "-O", format, source, part];
      return {
        name: `convert ${what}`,
        script: `LC_ALL=C; export LC_ALL
${sourceCheck(uri, image)}
mclu_source
${at === 0 ? known.map(rememberFile).join("\n") : ""}
mclu_making ${quote(part)}
${commandLine(argv)} 2>"$TMPDIR/said" || { cat "$TMPDIR/said"; mclu_fail copy ${quote(`${what} could not be converted: `)}"$(tail -n 1 "$TMPDIR/said")"; }
mclu_made ${quote(part)}
mclu_source
${unchanged}
sha256sum <${quote(part)} | cut -d ' ' -f 1 >"$TMPDIR/sum"
echo "$(stat -c %s ${quote(part)}) $(cat "$TMPDIR/sum")" >"$TMPDIR/new"; mv "$TMPDIR/new" "$TMPDIR/ready-${what}"
mclu_waited=0
until [ -e "$TMPDIR/fetched-${what}" ]; do
[ $mclu_waited -lt ${lease} ] || mclu_fail lost 'nobody fetched it for ${lease / 60} minutes'
if [ -e "$TMPDIR/alive" ]; then rm -f "$TMPDIR/alive"; mclu_waited=0; fi
mclu_waited=$((mclu_waited + 1)); sleep 1
done
rm -f -- ${quote(part)}`,
      };
    }),
    watch: [{ path: directory }],
  };
}
