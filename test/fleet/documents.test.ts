import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { kindsOfDocuments, parseDocument } from "../support/json-schema.ts";
import { builder } from "./builder.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { holdAt, letGo, reached, wrapForHolding } from "./held-build.ts";

/** Looks and plans, by the kind of their document. */
const looks: readonly (readonly [kind: string, line: string])[] = [
  ["status", "status --wide"],
  ["list", "list --wide"],
  ["top", "top --interval 0.5"],
  ["node-list", "node list"],
  ["config", "config show"],
  ["config-check", "config check"],
  ["info", "info ham0/tiny-original"],
  ["ip", "ip"],
  ["exec", "exec ham0 ham1 -- uname -r"],
  ["trust", "trust ham0"],
  ["place", "place"],
  ["plan", "start --dry-run ham0/tiny-original"],
  ["template-list", "template list"],
  ["template", "template show plain"],
  ["template-validate", "template validate plain --node ham0"],
  ["jobs", "jobs"],
  ["gc", "gc --dry-run"],
  ["history", "history"],
  ["disk-list", "disk list ham0/tiny-original"],
  ["nic-list", "nic list ham0/tiny-original"],
  ["snapshot-list", "snapshot list ham0/tiny-original"],
  ["image-list", "image list"],
  ["doctor", "doctor ham0 --all"],
  ["wait", "wait ham0/tiny-original --for 'shut off'"],
  ["build-plan", "build plain web8 --dry-run"],
  ["clone-plan", "clone ham0/tiny-original web8 --dry-run"],
  ["image-copy-plan", "image copy ham0/tiny-original ham1 --dry-run"],
  ["image-export-plan", "image export ham0/tiny-original FILE --dry-run"],
  ["migrate-plan", "migrate ham0/tiny-original ham1 --dry-run"],
  ["drain-plan", "drain ham0 --dry-run"],
  ["off-plan", "off ham1 --dry-run"],
];

/** What changes something, one after the other; NAME is another one at each try. */
const changes: readonly (readonly [kind: string, line: string])[] = [
  ["change", "autostart ham0/NAME-original"],
  ["build", "build plain ham0/NAME-built --no-start"],
  ["clone", "clone ham0/NAME-original ham0/NAME-cloned --as-is --no-start"],
  ["image-copy", "image copy ham0/NAME-original ham1"],
  ["image-export", "image export ham0/NAME-original FILE"],
  ["migrate", "migrate ham0/NAME ham1"],
  ["dump", "dump DIRECTORY"],
  ["init", "init --failed keep -f OTHER.conf ham0"],
  ["node-change", "off -y ham1"],
];

describe("what -o json prints on a real cluster", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const seen = new Set<string>();

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.196.0", nodes: 2 });
    user = await builder(fleet, { plain: "[template]\nimage = tiny\nmemory = 128M\n" });
    await wrapForHolding(fleet.node("ham0"));
    await fleet.define("ham0", ["tiny-original"]);
  });
  afterAll(() => fleet?.down());

  /** A new name for whatever a line writes, so that it can be run again. */
  const written = (word: string) =>
    /^(FILE|DIRECTORY|OTHER\.conf)$/.test(word) ? join(user.home, `${Date.now()}-${word}`) : word;
  const json = async (kind: string, line: string) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const [before, behind] = [line.startsWith("exec") ? words.slice(0, 3) : words, words.slice(3)];
    const argv = [...before, "-o", "json", ...(line.startsWith("exec") ? behind : [])].map(written);
    const run = await user.mclu(argv, { limit: 120_000 });
    expect([line, run.code, run.stderr.match(/error:.*/)]).toEqual([line, 0, null]);
    const document = parseDocument<Record<string, unknown>>(run.stdout);
    expect(document.kind).toBe(kind);
    seen.add(kind);
    return document;
  };

  it("is what the schema says, of looks and plans", { timeout: 300_000 }, async () => {
    // a few at a time: each is a program of its own
    for (let at = 0; at < looks.length; at += 4)
      await Promise.all(looks.slice(at, at + 4).map(([kind, line]) => json(kind, line)));
  });

  it("is what the schema says of a job that runs and of its end", async () => {
    await holdAt(fleet.node("ham0"), "build");
    const { results } = await json("build", `build plain ham0/held${Date.now()} --no-start --detach`);
    await reached(fleet.node("ham0"), "build");
    const [{ job }] = results as [{ job: string }];
    await json("job", `jobs show ${job}`);
    await json("job-cancel", `jobs cancel ${job}`);
    await letGo(fleet.node("ham0"));
    await json("job", `jobs show ${job}`);
  });

  it("is what the schema says, of changes", { timeout: 300_000 }, async () => {
    const name = `web${Date.now()}`;
    await fleet.on("ham1");
    await fleet.define("ham0", [`${name}-original`]);
    await fleet.define("ham0", [name], { template: "none" });
    for (const [kind, line] of changes) await json(kind, line.replaceAll("NAME", name));
  });

  it("was of every kind that the schema has", () => {
    expect([...seen].sort()).toEqual([...kindsOfDocuments].sort());
  });
});
