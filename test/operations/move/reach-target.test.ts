import { once } from "node:events";
import { describe, expect, it } from "vitest";
import type { Step } from "../../../src/libvirt/query.ts";
import { NodeError } from "../../../src/node/failure.ts";
import type { Node } from "../../../src/node/node.ts";
import { controlRefusal, controlUri, dataAddress } from "../../../src/operations/move/reach-target.ts";
import { lostNode } from "../../support/fake-host.ts";

/** What a source was asked to connect to, when the target says this of itself. */
async function placesOf(said: readonly string[], answer = "", ends = false) {
  const asked: (readonly string[])[] = [];
  const stream: Node["stream"] = async (_command, { onStdout, signal }) => {
    for (const text of said) await onStdout(Buffer.from(text));
    if (signal && !signal.aborted && !ends) await once(signal, "abort");
    return { kind: "interrupted" };
  };
  const ask: Node["ask"] = async (query) => {
    const [step] = query.steps as readonly Extract<Step, { run: unknown }>[];
    asked.push(step?.run ?? []);
    return query.parse([{ code: 0, texts: [answer] }]);
  };
  const target = { settings: { host: "ham1" }, stream } as unknown as Node;
  const found = await dataAddress({ ask } as unknown as Node, target, undefined);
  return { found, places: asked[0]?.slice(10) };
}

describe("where a node takes a guest's memory", () => {
  it("is its name, or an address that it says it has, and the source reached", async () => {
    expect(await placesOf(["49152 10.0.0.1 fd00::1\n"], "10.0.0.1\n")).toEqual({
      found: "10.0.0.1",
      places: ["ham1", "10.0.0.1", "fd00::1"],
    });
    expect((await placesOf(["49152 10.0.0.1\n"], "10.0.0.9\n")).found).toBeNull();
  });

  it("is never a word that is no address", async () => {
    const said = "49152 10.0.0.1/x?socket=/y -h evil.example $(id) \x1b[31m 10.0.0.1\n";
    expect((await placesOf([said])).places).toEqual(["ham1", "10.0.0.1"]);
  });

  it.each(["x 10.0.0.1\n", "-1\n", "1e5\n", "\n"])("is nowhere where the port is none: %j", async (said) => {
    expect(await placesOf([said])).toEqual({ found: null, places: undefined });
  });

  it("is nowhere where the target is lost before it says so", async () => {
    const target = { settings: { host: "ham1" }, stream: () => Promise.reject(new NodeError(lostNode)) };
    expect(await dataAddress({} as unknown as Node, target as unknown as Node, undefined)).toBeNull();
  });

  it("is not looked for in a flood", { timeout: 60_000 }, async () => {
    const flood = Array.from({ length: 600 }, () => "1".repeat(1024 ** 2));
    expect(await placesOf([...flood, "\n"], "", true)).toEqual({ found: null, places: undefined });
  });
});

it("names the libvirt of a node by its own ssh settings, and never asks", () => {
  const uri = (settings: object) => controlUri({ settings } as Node);
  expect(uri({ host: "ham1" })).toBe("qemu+ssh://ham1/system?no_tty=1");
  expect(uri({ host: "fd00::1", port: 2222, user: "a b" })).toBe("qemu+ssh://a%20b@[fd00::1]:2222/system?no_tty=1");
});

describe("whose libvirt it is that a node comes to", () => {
  const nodeThat = (ask: () => Promise<unknown>) =>
    ({ name: "ham1", settings: { host: "ham1", uri: "qemu:///system" }, ask }) as unknown as Node;
  const source = nodeThat(async () => ({ host: "ham1 uuid" }));

  it("is known where the target says the same of itself", async () => {
    expect(await controlRefusal(source, source, undefined)).toBeNull();
  });

  it("is not believed where the target does not say who it is", async () => {
    const silent = nodeThat(() => Promise.reject(new NodeError(lostNode)));
    expect(await controlRefusal(source, silent, undefined)).toEqual({
      kind: "mute",
      reason: "ham1 does not say who it is: lost: the wire was cut",
      fix: "mclu doctor ham1",
    });
    await expect(
      controlRefusal(
        source,
        nodeThat(() => Promise.reject(new TypeError("a bug"))),
        undefined,
      ),
    ).rejects.toThrow("a bug");
  });
});
