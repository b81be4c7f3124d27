import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { Action } from "../../src/libvirt/change.ts";
import { Redefinition } from "../../src/libvirt/redefinition.ts";
import { type AskOptions, Node } from "../../src/node/node.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const uuid = testUuid(0);

/** A change on this machine, of a guest of libvirt's test driver. */
function change(...actions: readonly Action[]) {
  return changeWith({}, ...actions);
}

function changeWith(options: AskOptions, ...actions: readonly Action[]) {
  return changeOf("", options, ...actions);
}

/** @param more XML of networks and pools */
function changeOf(more: string, options: AskOptions, ...actions: readonly Action[]) {
  const uri = testDriverUri(temporaryDirectory(), [{ name: "web1" }], more);
  const settings = { ...nodeDefaults, name: "ham0", host: "ham0", transport: "local", uri } as const;
  const node = new Node(settings, () => Promise.reject(new Error("a local node needs no connection")));
  return node.change({ uuid, name: "web1", actions }, options);
}

function image(directory: string) {
  const path = join(directory, "it's a $(disk).qcow2");
  return { path, part: `${directory}/.part`, format: "qcow2", size: 1024 ** 2 } as const;
}

describe("making an image", () => {
  it("publishes it whole, for nobody else to read", async () => {
    const directory = temporaryDirectory();
    const make = image(directory);
    expect(await change({ make })).toEqual({ kind: "done", left: [] });
    expect(readdirSync(directory)).toEqual(["it's a $(disk).qcow2"]);
    expect(readFileSync(make.path).subarray(0, 3).toString()).toBe("QFI");
  });

  it("leaves alone what is there", async () => {
    const directory = temporaryDirectory();
    const make = image(directory);
    writeFileSync(make.path, "precious");
    const answer = await change({ make });
    expect(answer).toEqual({ kind: "taken", done: 0, path: make.path });
    expect([readFileSync(make.path, "utf8"), readdirSync(directory).length]).toEqual(["precious", 1]);
  });

  it("takes it back where what comes after it fails", async () => {
    const directory = temporaryDirectory();
    expect(await change({ make: image(directory) }, { virsh: ["no-such-command"] })).toMatchObject({ done: 1 });
    expect(readdirSync(directory)).toEqual([]);
  });

  const text = "<domain type='test'><name>other</name><memory>1024</memory><os><type>hvm</type></os></domain>";
  const define: Action = { virsh: ["define", "/dev/stdin"], input: text };

  it("takes it back where the change is interrupted before libvirt was told of it, and not afterwards", async () => {
    const directory = temporaryDirectory();
    const told = image(directory);
    const untold = { ...told, path: `${directory}/untold`, part: `${directory}/.untold` };
    const forever: Action = { until: ["dumpxml", uuid], lacks: "<name>web1</name>", seconds: 60, why: "" };
    const interruption = new AbortController();
    const { signal } = interruption;
    const change = changeWith({ signal }, { make: told }, define, { make: untold }, forever).catch(() => "ended");
    const waiting = { timeout: 20_000 };
    await vi.waitFor(() => expect(existsSync(untold.path)).toBe(true), waiting);
    interruption.abort();
    expect(await change).toBe("ended");
    await vi.waitFor(() => expect(readdirSync(directory)).toEqual(["it's a $(disk).qcow2"]), waiting);
  });

  it("takes it back where libvirt is too slow before it was told of it", async () => {
    const directory = temporaryDirectory();
    const endless: Action = { virsh: ["event", "--domain", uuid, "--event", "lifecycle"] };
    const answer = await changeWith({ seconds: 5 }, { make: image(directory) }, endless, define);
    expect(answer).toEqual({ kind: "slow", done: 1 });
    expect(readdirSync(directory)).toEqual([]);
  });

  it("says why it could not be made, and leaves nothing", async () => {
    const directory = join(temporaryDirectory(), "missing");
    expect(await change({ make: image(directory) })).toMatchObject({ kind: "failed", done: 0 });
    expect(existsSync(directory)).toBe(false);
  });
});

describe("waiting", () => {
  const until = ["dumpxml", uuid];

  it("goes on once a text is gone", async () => {
    expect(await change({ until, lacks: "<no such='thing'/>", seconds: 5, why: "" })).toMatchObject({ kind: "done" });
  });

  it("ends where it stays, and where nobody can tell", async () => {
    const stays = await change({ until, lacks: "<name>web1</name>", seconds: 1, why: "it is still there" });
    expect(stays).toMatchObject({ kind: "failed", said: "it is still there" });
    const unknown = await change({ until: ["dumpxml", "nobody"], lacks: "x", seconds: 1, why: "" });
    expect(unknown).toMatchObject({ kind: "failed", said: expect.stringContaining("nobody") });
  });
});

describe("a redefinition", () => {
  it("is not done where the definition is another one by now, and says what changed", async () => {
    const before = `<domain type='test'><name>web1</name><uuid>${uuid}</uuid></domain>`;
    const answer = await change({ redefine: new Redefinition(before, before, { validate: false }) });
    expect(answer).toMatchObject({ kind: "conflict", done: 0, difference: expect.stringMatching(/^\+ +<memory/m) });
  });
});

describe("text for virsh's stdin", () => {
  it("comes as it is", async () => {
    const input = `<domain type='test'><name>it's $(new) \\n</name><memory>1024</memory><os><type>hvm</type></os></domain>`;
    expect(await change({ virsh: ["define", "/dev/stdin"], input })).toEqual({ kind: "done", left: [] });
    expect(await change({ virsh: ["define", "/dev/stdin"], input: "no XML" })).toMatchObject({
      kind: "failed",
      done: 0,
    });
  });
});

it("takes a volume's format for that of what it is backed by nowhere, whatever a guest has written there", async () => {
  const volume = (name: string, format: string) =>
    `<volume><name>${name}</name><capacity>9</capacity><target><path>/p/${name}</path><format type='${format}'/></target><backingStore><path>/p/${name}</path><format type='raw'/></backingStore></volume>`;
  const pool = `<pool type='dir'><name>p</name><target><path>/p</path></target>${volume("header", "qcow2")}${volume("plain", "raw")}</pool>`;
  const grow = (name: string, within = "target") => {
    const words = ["--vol", name, "--pool", "p"];
    return changeOf(pool, {}, { has: ["vol-dumpxml", ...words], text: "<format type='raw'/>", within, why: "another" });
  };
  expect(await grow("plain")).toEqual({ kind: "done", left: [] });
  expect(await grow("header")).toEqual({ kind: "failed", done: 0, said: "another" });
  // where no such element is, nothing is in it
  expect(await grow("plain", "elsewhere")).toMatchObject({ kind: "failed" });
});
