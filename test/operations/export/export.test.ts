import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { diskXml } from "../../support/able-node.ts";
import {
  content,
  exportWorld,
  first,
  jobOf,
  name,
  ready,
  second,
  sum,
  type World,
} from "../../support/export-world.ts";
import { lostNode } from "../../support/fake-host.ts";
import { ended, type JobAnswers, jobFacts } from "../../support/fake-jobs.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

describe("the plan of an export", () => {
  it("names a file for each disk", async () => {
    const { prepare, here } = await exportWorld({ disks: `${diskXml("vda", first)}${diskXml("vdb", second)}` });
    const { plan } = await prepare();
    expect(plan.files.map(({ file }) => file)).toEqual([join(here, "web.raw"), join(here, "web-vdb.raw")]);
  });

  it.each<[string, World, number, string, string]>([
    ["has no disk", { disks: "" }, 6, `ham0/${name} has no disk of its own`, `mclu info ham0/${name}`],
    ["is on a node without a pool", { node: { room: null } }, 6, `ham0 has no room to convert ${name}`, "pool"],
    [
      "is on a node whose pool is full",
      { node: { room: 10 } },
      6,
      `ham0 has no room to convert ${name}`,
      "pool default",
    ],
    [
      "is on a node that falls silent",
      { jobs: { reservations: lostNode } },
      ...([5, "ham0 failed: lost: the wire was cut", "ping ham0"] as const),
    ],
    [
      "is on a node that falls silent while it is looked at",
      {
        node: {
          virsh: ([command, ...args]) => {
            if (command === "dumpxml" && args.includes("--security-info")) throw new NodeError(lostNode);
            return undefined;
          },
        },
      },
      ...([5, "ham0 failed: lost: the wire was cut", "ping ham0"] as const),
    ],
    ["goes into no directory", { file: "no/web.raw" }, 2, "there is no directory", "mkdir -p "],
    ["goes below a file", { file: `${import.meta.filename}/web.raw` }, 2, "there is no directory", "mkdir -p "],
    ["goes where a file is", { file: import.meta.filename }, 6, "is there already", "another name"],
  ])("is refused for an image that %s", async (_what, how, exitCode, message, hint) => {
    await expect((await exportWorld(how)).prepare()).rejects.toMatchObject({
      ...{ exitCode, message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
    });
  });

  it("is refused for an image that goes where a link leads nowhere", async () => {
    const file = join(temporaryDirectory(), "web.raw");
    symlinkSync("nowhere", file);
    await expect((await exportWorld({ file })).prepare()).rejects.toMatchObject({ exitCode: 6 });
  });
});

/** Facts of a job that runs for its first two looks, and is done after. */
function done(): JobAnswers {
  let looks = 0;
  return { one: (_, script) => jobOf(script, ...(looks++ < 2 ? ["started\t990", "live\tleader"] : ended("done"))) };
}

describe("an export", () => {
  it("is in its file, which was compared, whether or not the journal can be written", async () => {
    const { cluster, exported, here, progress, left, known } = await exportWorld({
      converted: (asked) => (asked === 0 ? "" : ready),
      jobs: done(),
    });
    mkdirSync(dirname(cluster.directories.state), { recursive: true });
    writeFileSync(cluster.directories.state, "no directory");
    const file = join(here, "web.raw");
    expect(await exported()).toMatchObject({
      ...{ node: "ham0", name, files: [{ file, size: content.length, sha256: sum }] },
      warnings: [expect.stringContaining("the journal was not written")],
    });
    expect(readFileSync(file).equals(content)).toBe(true);
    expect(left()).toEqual(["web.raw"]);
    expect(known()).toEqual([{ id: expect.stringMatching(/^2/), live: false }]);
    expect([progress[0], progress.at(-1)]).toEqual([
      ["convert vda", null],
      ["fetch vda", 1],
    ]);
  });

  it("goes on where its connection was lost", async () => {
    const { signal } = new AbortController();
    const { exported, left } = await exportWorld({
      sends: (asked) => (asked === 0 ? "lost" : gzipSync(content)),
      signal,
    });
    expect(await exported()).toMatchObject({ files: [{ sha256: sum }], warnings: [] });
    expect(left()).toEqual(["web.raw"]);
  });
});

describe("an export that fails leaves nothing, here or there,", () => {
  const failed: JobAnswers = {
    one: (_, script) => jobOf(script, "reason\tcopy vda could not be converted", ...ended("failed", 1)),
  };
  it("is refused where its guest is another one by now", async () => {
    const jobs: JobAnswers = {
      one: (_, script) =>
        jobOf(script, "reason\tchanged libvirt does not know the source any more", ...ended("failed", 1)),
    };
    const { exported, left } = await exportWorld({ converted: () => "", jobs });
    await expect(exported()).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining("does not know") });
    expect(left()).toEqual([]);
  });

  it.each<[string, World, string]>([
    ["where the job fails", { converted: () => "", jobs: failed }, "the export failed: vda could not be converted"],
    ["where the job is gone", { converted: () => "", jobs: { one: jobFacts() } }, "the export failed: its job is gone"],
    [
      "where something else arrives",
      { sends: () => gzipSync(Buffer.alloc(content.length)) },
      "what arrived is not what ham0 sent",
    ],
    [
      "where the job cannot be cancelled",
      { sends: () => Buffer.alloc(100_000, "x"), jobs: { cancel: lostNode } },
      "in a strange way",
    ],
  ])("%s", async (_what, how, message) => {
    const { exported, left } = await exportWorld(how);
    await expect(exported()).rejects.toThrow(message);
    expect(left()).toEqual([]);
  });

  it("where one disk of two does", async () => {
    const disks = `${diskXml("vda", first)}${diskXml("vdb", second)}`;
    const { exported, left, cancelled, known } = await exportWorld({
      disks,
      converted: (asked) => (asked === 0 ? ready : ""),
      jobs: { ...failed, cancel: lostNode },
    });
    await expect(exported()).rejects.toThrow("the export failed");
    expect([left(), cancelled]).toEqual([[], []]);
    expect(known()).toEqual([{ id: expect.stringMatching(/^2/), live: true }]);
  });

  it("where its part or its name is taken meanwhile, which stays", async () => {
    for (const taken of ["web.raw.mclu-part", "web.raw"]) {
      const { exported, here, left } = await exportWorld({
        sends: () => {
          writeFileSync(join(here, "web.raw"), "another's");
          return gzipSync(content);
        },
        ...(taken === "web.raw" ? {} : { converted: () => ready }),
      });
      if (taken !== "web.raw") writeFileSync(join(here, taken), "another's");
      await expect(exported()).rejects.toThrow("cannot be made: ");
      expect(left()).toEqual([taken]);
      expect(readFileSync(join(here, taken), "utf8")).toBe("another's");
    }
  });

  it("where it is interrupted", async () => {
    const interruption = new AbortController();
    const converted = () => {
      interruption.abort();
      return ready;
    };
    const { exported, left, cancelled, known } = await exportWorld({ converted, signal: interruption.signal });
    await expect(exported()).rejects.toMatchObject({ exitCode: 130, message: "interrupted: nothing was exported" });
    expect(known()).toEqual([{ id: expect.stringMatching(/^2/), live: false }]);
    expect([left(), cancelled]).toEqual([[], ["cancelled"]]);
  });

  it("where it is interrupted and its node cannot be told, which is said with the job", async () => {
    const interruption = new AbortController();
    const converted = () => {
      interruption.abort();
      return "";
    };
    const jobs = { cancel: lostNode };
    const { exported, left } = await exportWorld({ converted, jobs, signal: interruption.signal });
    await expect(exported()).rejects.toMatchObject({
      exitCode: 130,
      message:
        "interrupted: nothing was exported, and ham0 could not be told to end the job, which may go on: lost: the wire was cut",
      hint: expect.stringMatching(/^once ham0 answers: mclu jobs cancel 2\S+$/),
    });
    expect(left()).toEqual([]);
  });
});
