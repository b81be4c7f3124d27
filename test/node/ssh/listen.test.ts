import { EventEmitter } from "node:events";
import { type Duplex, PassThrough } from "node:stream";
import type { Client } from "ssh2";
import { expect, it } from "vitest";
import { listen } from "../../../src/node/ssh/listen.ts";

/** A connection whose sshd listens wherever it is asked to. */
class Listening extends EventEmitter {
  openssh_forwardInStreamLocal(_path: string, said: () => void) {
    said();
  }
  openssh_unforwardInStreamLocal() {}
}

it("answers each connection once, whichever of several paths it comes to, and none to a path of the past", async () => {
  const client = new Listening();
  const came: string[] = [];
  const on = (path: string) => listen(client as unknown as Client, path, () => came.push(path), "ssh ham0 ");
  const answers = (socketPath: string) => {
    const said: string[] = [];
    const accept = (): Duplex => {
      said.push("accepted");
      return new PassThrough();
    };
    client.emit("unix connection", { socketPath }, accept, () => said.push("rejected"));
    return said;
  };
  const [stop] = [await on("/a"), await on("/b")];
  expect([answers("/a"), answers("/b"), answers("/c")]).toEqual([["accepted"], ["accepted"], ["rejected"]]);
  stop();
  expect([answers("/a"), answers("/b")]).toEqual([["rejected"], ["accepted"]]);
  expect(came).toEqual(["/a", "/b", "/b"]);
});
