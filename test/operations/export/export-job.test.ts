import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportJobSpec } from "../../../src/operations/export/export-job.ts";
import type { ExportPlan } from "../../../src/operations/export/export-plan.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { runStages } from "../../support/run-stages.ts";

/** Exports two disks to a client that fetches at once; `meanwhile` happens while the second is converted. */
function exported(meanwhile: string) {
  const directory = temporaryDirectory();
  const files = ["vda", "vdb"].map((what) => ({
    ...{ what, source: join(directory, what), sourceFormat: "raw", size: 4, file: `/here/${what}` },
  }));
  for (const { source } of files) {
    writeFileSync(source, "disk");
    utimesSync(source, 1000, 1000);
  }
  const image = { node: "ham0", name: "web", uuid: "u" };
  const plan: ExportPlan = { image, format: "raw", pool: "default", files, nodes: [] };
  const partOf = (what: string) => join(directory, `${what}.part`);
  const spec = exportJobSpec(plan, { uri: "qemu:///system", client: "me@here", directory, partOf });
  const convert = `for last; do before=$of; of=$last; done
cp "$before" "$last"
: >"$TMPDIR/fetched-\${before##*/}"
case $before in */vdb) ${meanwhile} ;; esac`;
  const virsh = "case $5 in domname) echo web ;; domstate) echo shut off ;; *) exit 9 ;; esac";
  const script = ({ script: text, ...stage }: (typeof spec.stages)[number]) => ({
    ...{ ...stage, script: `TMPDIR=\${TMPDIR:-$MCLU_JOB}; export TMPDIR\n${text}` },
  });
  const { status, job } = runStages(spec.stages.map(script), { programs: { "qemu-img": convert, virsh } });
  return [status, job("reason")];
}

it("exports disks that nobody writes meanwhile", () => {
  expect(exported(":")).toEqual([0, null]);
});

it.each(["vda", "vdb"])("ends where %s is written meanwhile, whether or not it was fetched", (what) => {
  expect(exported(`touch "\${before%/*}/${what}"`)).toEqual([1, `changed ${what} changed while it was exported\n`]);
});
