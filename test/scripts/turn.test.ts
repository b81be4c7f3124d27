import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { expect, it } from "vitest";
import { takeTurn } from "../../scripts/turn.mjs";

it("lets one after the other, and tells who is first", async () => {
  const name = `\0${randomUUID()}`;
  const said: string[] = [];
  const ear = new EventEmitter();
  const heard = once(ear, "line");
  const say = (line: string) => {
    said.push(line);
    ear.emit("line");
  };
  const release = await takeTurn("the first", { name, say });
  let isSecond = false;
  const second = takeTurn("the second", { name, say }).then((give) => {
    isSecond = true;
    return give;
  });
  await heard;
  expect([said, isSecond]).toEqual([["waiting for the test fleets of the first"], false]);
  release();
  (await second)();
  (await takeTurn("the third", { name, say }))();
  expect(said).toHaveLength(1);
});

it("waits no longer than it is wanted", async () => {
  const name = `\0${randomUUID()}`;
  const release = await takeTurn("the first", { name });
  const end = new AbortController();
  await takeTurn("the second", { name, signal: end.signal, say: () => end.abort() });
  release();
});
