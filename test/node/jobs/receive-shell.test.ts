import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { receiveShell } from "../../../src/node/jobs/receive-shell.ts";
import { measure, uploadStream } from "../../../src/node/jobs/upload.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const id = "20260101T000000-k3v9x0qa";

/** What a node answers to a job, and the job's directory there; `setsid` is this script, and what is ten seconds else is one. */
async function receive(setsid: string) {
  const home = temporaryDirectory();
  const items = [{ name: "run", source: { data: "cd $1 && : >process && sleep 3\n" } }];
  const measured = await measure(items);
  mkdirSync(join(home, "bin"));
  writeFileSync(join(home, "bin/setsid"), `#!/bin/sh\n${setsid}\n`);
  chmodSync(join(home, "bin/setsid"), 0o755);
  const script = receiveShell(id, measured, undefined)
    .replace("mclu_dir=/var/lib/mclu", 'mclu_dir="$HOME/.local/state/mclu"')
    .replace("-ge 200", "-ge 20");
  for (const path of [".local", ".local/state"]) mkdirSync(join(home, path), { mode: 0o700 });
  const chunks: Buffer[] = [];
  for await (const chunk of uploadStream(items, measured, { from: undefined, onPiece: () => {} }))
    chunks.push(Buffer.from(chunk as Uint8Array));
  const answer = execFileSync("sh", ["-c", script], {
    ...{ input: Buffer.concat(chunks), encoding: "utf8" },
    env: { ...process.env, HOME: home, PATH: `${join(home, "bin")}:${process.env["PATH"]}` },
  });
  return { answer, directory: join(home, ".local/state/mclu/jobs", id) };
}

it("says that a job is started whose process is there and late, as on a node in swap", async () => {
  const { answer, directory } = await receive('sleep 2; exec "$@"');
  expect([answer, existsSync(join(directory, "process"))]).toEqual(["started\n", false]);
  await expect.poll(() => existsSync(join(directory, "process")), { timeout: 10_000 }).toBe(true);
});

it("leaves nothing of a job whose process could not be made", async () => {
  const { answer, directory } = await receive("exit 127");
  expect([answer, existsSync(directory)]).toEqual(["failed\tit does not begin\n", false]);
});
