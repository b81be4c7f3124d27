import { describe, expect, it } from "vitest";
import * as read from "../src/values.ts";

describe("values that several files have", () => {
  it.each([
    ["lan", { kind: "network", name: "lan" }],
    ["my lan", { kind: "network", name: "my lan" }],
    ["bridge:br0", { kind: "bridge", name: "br0" }],
    ["bridge:vlan.12", { kind: "bridge", name: "vlan.12" }],
  ])("reads the network %s", (text, network) => {
    expect(read.readNetwork(text)).toEqual(network);
  });

  it.each([
    [() => read.readChoice("openshh", ["ssh", "openssh"]), "did you mean openssh?"],
    [() => read.readChoice("telnet", ["ssh", "openssh"]), "expected ssh, openssh"],
    [() => read.readNetwork("bridge:"), "expected one like bridge:br0"],
    [() => read.readNetwork("bridge:a-name-that-is-too-long"), "expected one like bridge:br0"],
    [() => read.readNetwork("network:lan"), "expected NETWORK or bridge:BR"],
    [() => read.readNetwork("--help"), 'no leading "-"'],
    [() => read.readLibvirtName("a/b"), 'no "/"'],
    [() => read.readLibvirtName("a\u202eb"), "a name mclu takes"],
  ])("refuses %s", (attempt, message) => {
    expect(attempt).toThrow(message);
  });
});
