import { utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { type CloneJob, cloneJobSpec } from "../../../src/operations/clone/clone-job.ts";
import { diskXml, guestXml } from "../../support/able-node.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { runStages } from "../../support/run-stages.ts";

/** Runs what a clone does before its copies and after them, with `meanwhile` in between. */
function cloned(meanwhile: (disk: string) => string) {
  const directory = temporaryDirectory();
  const source = join(directory, "o.img");
  writeFileSync(source, "disk");
  utimesSync(source, 1000, 1000);
  const path = join(directory, "web.img");
  const disk = { target: "vda", source, path, format: "raw", sourceFormat: "raw", size: 4, linked: false };
  const image = { name: "o", uuid: "00000000-0000-4000-8000-000000000001" };
  const job = {
    ...{ id: "20261122T010000-bbbbbbbb", name: "web", uuid: "00000000-0000-4000-8000-000000000002" },
    ...{ uri: "qemu:///system", pool: { name: "default", directory }, start: false, home: "/root", isRoot: true },
    ...{ client: "me@here", reservation: "", built: { source: { kind: "image", name: "o" }, builder: "", date: "" } },
    target: { node: "ham0", name: "web", image, disks: [disk], nvram: null, identity: false, linked: false },
    source: { xml: guestXml("o", "", diskXml("vda", source, "raw")), details: { nvram: null } },
  } as unknown as CloneJob;
  const { stages } = cloneJobSpec(job);
  const stage = (name: string) => stages.find((one) => one.name === name) ?? expect.fail(name);
  const copy = { name: "copy", script: `cp ${source} ${directory}/.web.mclu-${job.id}.part\n${meanwhile(source)}` };
  const virsh = `case "$*" in *domname*) echo o ;; *) echo 'shut off' ;; esac`;
  const { status, job: read } = runStages([stage("prepare"), copy, stage("publish")], { programs: { virsh } });
  return [status, read("reason")];
}

it("clones a source that nobody writes meanwhile", () => {
  expect(cloned(() => ":")).toEqual([0, null]);
});

it("ends where the source was written meanwhile, though it is off again", () => {
  expect(cloned((disk) => `touch ${disk}`)).toEqual([1, "changed vda changed while it was copied\n"]);
});
