import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Action } from "../../src/libvirt/change.ts";
import { changeToShell } from "../../src/node/change-script.ts";
import { failed } from "../../src/node/failure.ts";
import { localTransport } from "../../src/node/local.ts";
import { Node } from "../../src/node/node.ts";
import type { NodeSettings } from "../../src/node/settings.ts";
import { hostileNames } from "../support/guests.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const guests = [{ name: "web1", state: "shut off" as const }, { name: "web2" }];

const settings: NodeSettings = { ...nodeDefaults, name: "ham0", host: "ham0" };

function nodeWith(names = guests, uri = testDriverUri(temporaryDirectory(), names)): Node {
  return new Node({ ...settings, transport: "local", uri }, () => {
    throw new Error("a local node needs no connection");
  });
}

const start: readonly Action[] = [{ virsh: ["start", testUuid(0)] }];

it("looks who has an image and gives it to a guest under one lock, which others wait for", () => {
  const free = { path: "/i/x", identity: "1:7", places: [] };
  const attach = { virsh: ["attach-device", testUuid(0), "/dev/stdin"], input: "<disk/>" };
  const steps = (actions: readonly Action[]) =>
    changeToShell({ uuid: testUuid(0), name: "web1", actions }, { uri: "test:///", nonce: "n", seconds: 9 })
      .split('[ "x$mclu_name" = ')[1]
      ?.split("\n")
      .flatMap((line) => /^(?:mclu_do )?(mclu_(?:lock|unlock|free|feed))(?: |$)/.exec(line)?.[1] ?? []);
  expect(steps([{ free, but: testUuid(0) }, attach])).toEqual(["mclu_lock", "mclu_free", "mclu_feed"]);
  // what comes before a look at a definition may take its time
  const has: Action = { has: ["dumpxml", testUuid(0)], text: "<disk/>", why: "" };
  expect(steps([{ free, but: testUuid(0) }, has, attach])).toEqual(["mclu_free", "mclu_lock", "mclu_feed"]);
});

describe("a change", () => {
  it("is done where the UUID has the name", async () => {
    const change = { uuid: testUuid(0), name: "web1", actions: start };
    expect(await nodeWith().change(change)).toEqual({ kind: "done", left: [] });
  });

  it("is not done where the UUID has another name by now, or nobody has it", async () => {
    const node = nodeWith();
    const other = { uuid: testUuid(0), name: "web9", actions: start };
    expect(await node.change(other)).toEqual({ kind: "renamed", name: "web1" });
    expect(await node.change({ ...other, uuid: testUuid(7) })).toEqual({ kind: "gone" });
  });

  it("ends with the first action that fails, and says what virsh said", async () => {
    const actions = [
      { virsh: ["destroy", testUuid(1)] },
      { virsh: ["no-such-command"] },
      { virsh: ["start", testUuid(1)] },
    ];
    const answer = await nodeWith().change({ uuid: testUuid(1), name: "web2", actions });
    expect(answer).toMatchObject({ kind: "failed", done: 1, said: expect.stringContaining("no-such-command") });
  });

  it("knows every name", async () => {
    const node = nodeWith(hostileNames.map((name) => ({ name, state: "shut off" as const })));
    for (const [index, name] of hostileNames.entries()) {
      const actions = [{ virsh: ["start", testUuid(index)] }];
      expect(await node.change({ uuid: testUuid(index), name, actions }), name).toEqual({ kind: "done", left: [] });
    }
  });

  it("has not begun where libvirt cannot be reached", async () => {
    const node = nodeWith(guests, "qemu+unix:///system?socket=/nonexistent");
    const change = node.change({ uuid: testUuid(0), name: "web1", actions: start });
    await expect(change).rejects.toMatchObject({ silence: { reason: "libvirt-down" } });
  });

  it("that could not be sent was not done, and one whose end was not heard may have been", async () => {
    const change = { uuid: testUuid(0), name: "web1", actions: start };
    const cut = (when: "before" | "after") =>
      new Node(settings, async () => ({
        async open() {
          if (when === "before") throw failed("lost", "cut", "");
          const channel = await localTransport.open("exit 0");
          return { ...channel, ended: channel.ended.then(() => ({ kind: "lost" as const, detail: "cut" })) };
        },
        close: () => undefined,
      }));
    await expect(cut("before").change(change)).rejects.toMatchObject({ name: "NodeError" });
    await expect(cut("after").change(change)).rejects.toMatchObject({
      name: "UnheardChange",
      silence: { reason: "lost" },
    });
  });
});
