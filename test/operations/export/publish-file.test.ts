import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { link } from "node:fs/promises";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import type { Node } from "../../../src/node/node.ts";
import { publishFile } from "../../../src/operations/export/fetch-file.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

vi.mock("node:fs/promises", async (original) => ({ ...(await original<object>()), link: vi.fn() }));

/** A file that arrived, in a directory whose file system has no hard links. */
function arrived() {
  const code = "EPERM";
  vi.mocked(link).mockRejectedValue(Object.assign(new Error(`${code}: operation not permitted, link`), { code }));
  const directory = temporaryDirectory();
  const [part, file] = [join(directory, "web.raw.mclu-part"), join(directory, "web.raw")];
  writeFileSync(part, "content");
  const sha256 = createHash("sha256").update("content").digest("hex");
  const fetch = { node: { name: "ham0" } as Node, path: "/web.img", size: 7, sha256, file, onBytes: () => undefined };
  return { directory, file, publish: () => publishFile(fetch, part) };
}

it("gives a file its name where a file can have but one", async () => {
  const { directory, file, publish } = arrived();
  await publish();
  expect([readdirSync(directory), readFileSync(file, "utf8")]).toEqual([["web.raw"], "content"]);
});

it("replaces nothing there either", async () => {
  const { file, publish } = arrived();
  writeFileSync(file, "another");
  await expect(publish()).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining("cannot be made") });
  expect(readFileSync(file, "utf8")).toBe("another");
});
