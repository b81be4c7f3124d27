import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Node } from "../../../src/node/node.ts";
import { fetchPart } from "../../../src/operations/export/fetch-file.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** A node that sends these pieces, waiting where it is asked to. */
function sending(pieces: readonly Buffer[]): Node {
  const stream: Node["stream"] = async (_command, { onStdout }) => {
    for (const piece of pieces) await onStdout(piece);
    return { kind: "exit", code: 0 };
  };
  return { name: "ham0", stream } as Node;
}

const pieces = (all: Buffer) =>
  Array.from({ length: Math.ceil(all.length / 65536) }, (_, at) => all.subarray(at * 65536, (at + 1) * 65536));

async function fetch(sent: readonly Buffer[], size: number, path?: string) {
  const file = path ?? join(temporaryDirectory(), "part");
  const part = await open(file, path === undefined ? "wx" : "w");
  onTestFinished(() => part.close());
  let most = 0;
  const onBytes = (bytes: number) => {
    most = bytes;
  };
  const node = sending(sent);
  const fetching = fetchPart({ node, path: "/web.img", size, sha256: "", file: "web.img", onBytes }, part);
  return { file, fetching, most: () => most };
}

const content = randomBytes(3_000_000);
const many = (piece: Buffer) => Array.from({ length: 50 }, () => piece);

describe("what a node sends of a file", () => {
  it("is written, also where it is cut", async () => {
    const whole = await fetch(pieces(gzipSync(content)), content.length);
    expect(await whole.fetching).toBe(content.length);
    expect(content.equals(await readFile(whole.file))).toBe(true);
    const cut = await fetch(pieces(gzipSync(content)).slice(0, 20), content.length);
    expect(await cut.fetching).toBeLessThan(content.length);
  });

  it("that is not compressed, or goes on behind its end, is an error", async () => {
    const none = await fetch(many(Buffer.alloc(65536, "garbage")), 1000);
    await expect(none.fetching).rejects.toThrow("ham0 sends /web.img in a strange way: incorrect header check");
    const little = await fetch([Buffer.from("garbage")], 1000);
    await expect(little.fetching).rejects.toThrow("ham0 sends /web.img in a strange way: incorrect header check");
    const more = await fetch([gzipSync(content.subarray(0, 1000)), ...many(Buffer.alloc(65536))], 1000);
    await expect(more.fetching).rejects.toThrow("ham0 sends /web.img in a strange way: something follows its end");
  });

  it("never fills the disk with more than was announced", async () => {
    const bomb = await fetch([gzipSync(Buffer.alloc(50_000_000, 1))], 100_000);
    await expect(bomb.fetching).rejects.toThrow("more than the 100000 bytes that it has");
    expect(bomb.most()).toBeLessThanOrEqual(100_000);
  });

  it("and finds no room here is an error", async () => {
    const full = await fetch(pieces(gzipSync(content)), content.length, "/dev/full");
    await expect(full.fetching).rejects.toThrow("web.img cannot be written: ENOSPC");
  });
});
