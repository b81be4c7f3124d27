import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProxyJump } from "../../../src/node/ssh/proxy-jump.ts";
import { openSsh } from "./openssh.ts";

describe("ProxyJump", () => {
  it.each([
    ["", []],
    ["none", []],
    ["NONE", []],
    ["a", [{ host: "a" }]],
    ["u@a:22", [{ host: "a", user: "u", port: 22 }]],
    ["u@realm@a", [{ host: "a", user: "u@realm" }]],
    ["[::1]:22,b", [{ host: "::1", port: 22 }, { host: "b" }]],
    ["fe80::1", [{ host: "fe80::1" }]],
    ["ssh://u@a:22/", [{ host: "a", user: "u", port: 22 }]],
    ["ssh://[::1]", [{ host: "::1" }]],
    ["a # comment", [{ host: "a" }]],
  ])("%j", (text, hops) => {
    expect(parseProxyJump(text)).toEqual(hops);
  });

  it.each(["-oProxyCommand=x", "a,,b", "u@", "a:b", "u@-x", "[::1", "a b/c", "a:99999999x"])("refuses %j", (text) => {
    expect(() => parseProxyJump(text)).toThrow(/ProxyJump: not a host/);
  });

  it("reads back what ssh -G prints", async () => {
    const hop = fc.record(
      {
        host: fc.constantFrom("a", "b.example", "::1", "fe80::2", "10.0.0.1"),
        user: fc.constantFrom("root", "u.v", "x-y"),
        port: fc.integer({ min: 1, max: 65535 }),
      },
      { requiredKeys: ["host"] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(hop, { minLength: 1, maxLength: 3 }), async (hops) => {
        const text = hops
          .map(({ host, user, port }) => `${user ? `${user}@` : ""}[${host}]${port ? `:${port}` : ""}`)
          .join(",");
        const { stdout } = await openSsh("ssh", ["-GT", "-F", "none", "-J", text, "node1"]);
        expect(parseProxyJump(/^proxyjump (.*)$/m.exec(stdout)?.[1] ?? "")).toEqual(hops);
      }),
      { numRuns: 50 },
    );
  });
});
