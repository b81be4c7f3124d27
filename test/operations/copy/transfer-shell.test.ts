import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { receiveStage } from "../../../src/operations/copy/transfer-shell.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { runStages } from "../../support/run-stages.ts";

const content = "what the source has\n".repeat(1000);
const stamp = "7 20000 1700000000.123456789";

/** Fetches `it's.img` by an ssh that comes to a host with files of its own, and says what became of it. */
function fetch({ has = content, name = "ham0", says = stamp }) {
  const there = temporaryDirectory();
  const source = join(there, "it's $x.img");
  writeFileSync(source, has);
  const file = { what: "vda", source, path: "pool/o.img", size: content.length };
  const known = new Map([[source, `ham0\n${stamp}`]]);
  const way = { kind: "direct", destination: ["root@ham0"], become: "none", known } as const;
  // whoever tells of the progress would outlive what fails, and keep its output open
  const script = receiveStage(file, "pool/.o.part", way).replace("mclu_progress & mclu_teller=$!", "mclu_teller=");
  const ssh = `for last; do :; done
uname() { echo ${name}; }
stat() { echo '${says}'; }
eval "$last"`;
  // the part is named from where the job runs: only `mclu_note` wants an absolute path
  const stages = [{ name: "receive vda", script: `mclu_note() { :; }\n${script}` }];
  const { status, job, read } = runStages(stages, { programs: { ssh } });
  return { status, reason: job("reason"), part: read("pool/.o.part") };
}

it("fetches a file from the host that was looked at", () => {
  expect(fetch({})).toEqual({ status: 0, reason: null, part: content });
});

it.each([
  ["of another name", { name: "ham9" }],
  ["with another file of the name", { has: content.replaceAll("source", "others"), says: "8 20000 1600000000.0" }],
])("takes nothing from a host %s, whatever checksum it tells", (_what, host) => {
  expect(fetch(host)).toMatchObject({
    status: 1,
    reason: expect.stringMatching(/^source .*it changed meanwhile, or another host than the source answers by now/),
  });
});
