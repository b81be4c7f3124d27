import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type Interruption, interruptions, type Stage, stages } from "../../scripts/interruption-table.mjs";
import { builder } from "./builder.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { heldImage, wrapCloudBuild, wrapForHolding } from "./held-build.ts";
import { type Column, interrupt, type Outcome } from "./interruption.ts";

const done = { holds: "guest running", code: 0, says: /the node answers again/ } as const;
const goesOn = { holds: "guest running", code: 137, says: /^$|ham/ } as const;
const cancelled = { holds: "nothing", code: 130, says: /cancelled; nothing is left/ } as const;
const there = { holds: "guest shut off", code: 130, says: /the guest is there, but its job was cancelled/ } as const;
const dead = { holds: "rest", code: 1, says: /its job ended without a word .*: its node was switched off/ } as const;
const deadThere = {
  holds: "guest shut off",
  code: 1,
  says: /the guest is there, but its job ended without a word/,
} as const;

const cells: Readonly<Record<Stage, Readonly<Record<Interruption, Outcome>>>> = {
  upload: {
    "connection cut": done,
    "client killed": { holds: "rest", code: 137, says: /^/ },
    "Ctrl-C": cancelled,
    "power cut": done,
  },
  build: { "connection cut": done, "client killed": goesOn, "Ctrl-C": cancelled, "power cut": dead },
  fetch: { "connection cut": done, "client killed": goesOn, "Ctrl-C": cancelled, "power cut": dead },
  customize: { "connection cut": done, "client killed": goesOn, "Ctrl-C": cancelled, "power cut": dead },
  publish: { "connection cut": done, "client killed": goesOn, "Ctrl-C": cancelled, "power cut": dead },
  "define, asked for": { "connection cut": done, "client killed": goesOn, "Ctrl-C": there, "power cut": dead },
  "define, done": { "connection cut": done, "client killed": goesOn, "Ctrl-C": there, "power cut": deadThere },
  start: { "connection cut": done, "client killed": goesOn, "Ctrl-C": there, "power cut": deadThere },
  wait: {
    "connection cut": { ...done, says: /^/ },
    "client killed": goesOn,
    "Ctrl-C": { holds: "guest running", code: 130, says: /built/ },
    "power cut": {
      holds: "guest shut off",
      code: 0,
      says: /will have no ip: it is shut off|no ip within|is unknown: no answer/,
    },
  },
};

const tiny = "[template]\nimage = tiny\nmemory = 128M\n[customize]\nupload large:/large\n";
const digest = createHash("sha256").update(heldImage).digest("hex");
const cloud = `[template]\nsource = http://images.example/empty\nchecksum = sha256:${digest}\nmemory = 128M\n`;

describe("a build that is interrupted", () => {
  let fleet: Fleet;
  const columns: Column[] = [];
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.146.1", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic" } });
    // a cluster for each node: one that is off is no matter of the others
    await Promise.all(
      interruptions.map(async (interruption, index) => {
        const node = fleet.node(`ham${index}`);
        const user = await builder(fleet, { tiny, cloud }, node.name);
        await wrapForHolding(node);
        await wrapCloudBuild(node);
        columns.push({ fleet, node, user, interruption });
      }),
    );
  });
  afterAll(() => fleet?.down());

  it.each(stages)(
    "leaves a guest, nothing, or what gc removes, and is built again: %s",
    { timeout: 300_000 },
    async (stage) => {
      const runs = columns.map((column) => interrupt(column, stage, cells[stage][column.interruption]));
      // all of them come to their end, so that none disturbs the next stage
      const failures = (await Promise.allSettled(runs)).flatMap((cell) => (cell.status === "rejected" ? [cell] : []));
      if (failures[0]) throw failures[0].reason;
    },
  );
});
