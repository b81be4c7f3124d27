import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, it } from "vitest";
import { receiveCommand } from "../../../src/operations/copy/transfer-shell.ts";
import { turnAt } from "../../../src/operations/copy/turn.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** A part of a job, and what a node's shell prints for a client. */
function job() {
  const directory = join(temporaryDirectory(), "it's a job");
  spawnSync("mkdir", [directory]);
  const part = join(directory, "part");
  writeFileSync(part, "");
  const run = (shell: string) => spawnSync("sh", ["-c", shell], { encoding: "utf8" }).stdout;
  /** As nobody who gave a sign lately. */
  const sleepOn = () => {
    const ago = Date.now() / 1000 - 31;
    for (const path of [part, join(directory, "turn")]) utimesSync(path, ago, ago);
  };
  return { directory, part, run, sleepOn };
}

it("what a client asked for before another took its turn writes nothing after that", () => {
  const { directory, part, run, sleepOn } = job();
  const [first, second] = [turnAt(directory), turnAt(directory)];
  expect(run(first.take(part, "echo mine"))).toBe("mine\n");
  run(first.write(part, "echo first"));
  expect(readFileSync(part, "utf8")).toBe("first\n");
  expect(run(second.take(part, "echo mine"))).toBe("other\n");
  run(second.write(part, "echo stolen"));
  sleepOn();
  expect(run(second.take(part, "echo mine"))).toBe("mine\n");
  run(first.write(part, "echo late"));
  expect(readFileSync(part, "utf8")).toBe("first\n");
  run(second.write(part, "printf 2"));
  expect(readFileSync(part, "utf8")).toBe("2irst\n");
});

it("what has begun to write is ended by whoever takes over, and nothing is made anew behind the job", async () => {
  const { directory, part, run, sleepOn } = job();
  const [first, second] = [turnAt(directory), turnAt(directory)];
  run(first.take(part, ":"));
  const writer = spawn("sh", ["-c", `${first.write(part, "echo begun; sleep 60 & wait")}; echo ended`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const isEnded = once(writer.stdout, "data");
  await expect.poll(() => readFileSync(part, "utf8")).toBe("begun\n");
  sleepOn();
  expect(run(second.take(part, "echo mine"))).toBe("mine\n");
  expect(String(await isEnded)).toBe("ended\n");
  run(`rm ${`'${part.replaceAll("'", "'\\''")}'`}`);
  expect(run(second.write(part, "echo late"))).toBe("");
  expect(existsSync(part)).toBe(false);
});

it("bytes that come are seen before a whole MiB of them is there", { timeout: 20_000 }, async () => {
  const { directory, part, run } = job();
  const turn = turnAt(directory);
  run(turn.take(part, ":"));
  const packed = gzipSync(randomBytes(1024 ** 2));
  const writer = spawn("sh", ["-c", turn.write(part, receiveCommand(0, 1024 ** 2))], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  let before = 0;
  for (let at = 0; at < 2; at++) {
    // gzip itself looks at no less than 256 KiB
    writer.stdin.write(packed.subarray(at * 300_000, (at + 1) * 300_000));
    await expect.poll(() => statSync(part).size, { timeout: 5000 }).toBeGreaterThan(before);
    before = statSync(part).size;
  }
  writer.stdin.end();
  await once(writer, "exit");
});
