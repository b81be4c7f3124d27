import { describe, expect, it } from "vitest";
import { hopOfProxyCommand } from "../../../src/node/ssh/proxy-command-hop.ts";

describe("hopOfProxyCommand", () => {
  it.each([
    ["ssh -W ham3:22 gate", { host: "gate" }],
    ["exec /usr/bin/ssh -qW ham3:22 -p 2222 admin@gate", { host: "gate", user: "admin", port: 2222 }],
    ["ssh -oBatchMode=yes -i ~/.ssh/id -W '[2001:db8::3]:22' \"gate\"", { host: "gate" }],
    ["ssh -p2222 gate nc ham3 22", { host: "gate", port: 2222 }],
    ["ssh -W ham3:22 ssh://gate:2200", { host: "gate", port: 2200 }],
    ["ssh -W ham3:22 -p x 2001:db8::1", { host: "2001:db8::1" }],
  ])("%s", (command, expected) => {
    expect(hopOfProxyCommand(command)).toEqual(expected);
  });

  it.each([
    "nc -X 5 -x proxy:1080 ham3 22",
    "ssh -W ham3:22",
    "ssh -W ham3:22 $(cat gate)",
    "ssh -W ham3:22 gate | tee log",
    "mussh -W ham3:22 gate",
    "ssh -W ham3:22 gate:22",
    "ssh gate,other",
    "ssh ''",
    "exec",
    "",
  ])("knows nothing of %s", (command) => {
    expect(hopOfProxyCommand(command)).toBeUndefined();
  });
});
