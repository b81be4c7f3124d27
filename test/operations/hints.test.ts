import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Query } from "../../src/libvirt/query.ts";
import { NodeError } from "../../src/node/failure.ts";
import { listJobs } from "../../src/node/jobs/read.ts";
import { reservationsQuery } from "../../src/node/jobs/reservation.ts";
import type { Node } from "../../src/node/node.ts";

const planted = "planted\tis a symbolic link\t/home/a;reboot\n";

const source = fileURLToPath(new URL("../../src", import.meta.url));

/** Commands to type, as the program's text has them, and what they are put together from. */
const commands = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((file) => /^(?:operations|node)\/.*\.ts$/.test(file))
  .flatMap((file) => {
    const found = readFileSync(join(source, file), "utf8").match(/`[^`\n]*\bmclu [a-z][^`\n]*`/g) ?? [];
    return found.map((text) => ({ file, text }));
  });

describe("a command that the user is told to type", () => {
  it("has guests' names quoted", () => {
    const bare = commands.filter(({ text }) => /\$\{[\w.]+\}\/\$\{[\w.]+\}/.test(text.replace(/^.*mclu /, "")));
    expect(commands.length).toBeGreaterThan(80);
    expect(bare).toEqual([]);
  });

  it("has paths quoted", () => {
    const bare = commands.filter(({ text }) =>
      /\$\{(?:[\w.]+\.)?(?:path|file|directory|closed|taken|source)\}/.test(text),
    );
    expect(bare).toEqual([]);
  });

  it("has what a node says of the place of its jobs quoted", async () => {
    const ask = async (query: Query<unknown>) => query.parse([{ code: 0, texts: [planted] }]);
    const node = { name: "ham0", settings: nodeDefaults, ask } as unknown as Node;
    const error = await listJobs(node).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ silence: { hint: "mclu exec ham0 -- ls -ld '/home/a;reboot'" } });
    const read = () => reservationsQuery(node).parse([{ code: 0, texts: [planted] }]);
    expect(read).toThrow(NodeError);
    expect(read).toThrow(
      expect.objectContaining({
        silence: expect.objectContaining({ hint: "mclu exec ham0 -- ls -ld '/home/a;reboot'" }),
      }),
    );
  });
});
