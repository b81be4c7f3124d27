import { isIPv6 } from "node:net";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readNodeAddress, readNodeName } from "../../src/cluster/node-address.ts";
import { UserError } from "../../src/errors.ts";

describe("readNodeName", () => {
  it.each(["ham0", "0", "host0.example.jp", "10.0.0.11", "a_b-c"])("takes %s", (name) => {
    expect(readNodeName(name)).toBe(name);
  });

  it.each([
    "",
    "all",
    "-oProxyCommand=x",
    ".ham",
    "ham/0",
    "ham:0",
    "root@ham0",
    "ham 0",
    "ham$(id)",
    "ham\n0",
    "hämä",
    "[::1]",
    "ham*",
  ])("refuses %j with exit 2", (name) => {
    expect(() => readNodeName(name)).toThrow(expect.objectContaining({ name: "UserError", exitCode: 2 }));
  });

  it("says what a line looks like where one was written with a colon", () => {
    expect(() => readNodeName("ham0: 10.0.0.1")).toThrow("a line is NAME = [USER@]HOST[:PORT]");
  });
});

describe("readNodeAddress", () => {
  it.each([
    ["ham0", { host: "ham0" }],
    ["10.0.0.11", { host: "10.0.0.11" }],
    ["admin@10.0.0.11:2222", { user: "admin", host: "10.0.0.11", port: 2222 }],
    ["host0.example.jp:22", { host: "host0.example.jp", port: 22 }],
    ["me@corp.example@ham0", { user: "me@corp.example", host: "ham0" }],
    ["[fd00::12]:22", { host: "fd00::12", port: 22 }],
    ["[fd00::12]", { host: "fd00::12" }],
    ["root@[::1]:2222", { user: "root", host: "::1", port: 2222 }],
    ["fd00::12", { host: "fd00::12" }],
    ["fe80::1%eth0", { host: "fe80::1%eth0" }],
  ])("reads %s", (text, address) => {
    expect(readNodeAddress(text)).toEqual(address);
  });

  it.each([
    ["10.0.0.1 ansible_user=root", "other settings of a node go under [node.NAME]"],
    ["ssh://root@ham0", "is a URL"],
    ["qemu+ssh://root@ham0/system", "is a URL"],
    ["ham0:", '"" is not a port'],
    ["ham0:ssh", '"ssh" is not a port'],
    ["ham0:0", '"0" is not a port'],
    ["ham0:65536", '"65536" is not a port'],
    ["@ham0", '"" is not a login name'],
    ["root@", "has no host"],
    [":22", "has no host"],
    ["[ham0]:22", '"[ham0]" is not an IPv6 address'],
    ["-oProxyCommand=id", "is not a host"],
    ["root@-x", "is not a host"],
    ["-l@ham0", '"-l" is not a login name'],
    ["ham0;id", "is not a host"],
    ["$(id)", "is not a host"],
    ["ham0/x", "is not a host"],
  ])("refuses %s", (text, message) => {
    expect(() => readNodeAddress(text)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });

  it("reads back what it is put together from", () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
    const host = fc.oneof(word, fc.ipV4(), fc.ipV6());
    const parts = fc.record({ host, user: word, port: fc.integer({ min: 1, max: 65535 }) }, { requiredKeys: ["host"] });
    fc.assert(
      fc.property(parts, (address) => {
        const { user, host, port } = address;
        const text = `${user === undefined ? "" : `${user}@`}${isIPv6(host) ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`;
        expect(readNodeAddress(text)).toEqual(address);
      }),
    );
  });

  it("lets nothing through that an option or a shell could be made of", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.stringMatching(/^[-a@:[\]$; 0-9]{0,12}$/)), (text) => {
        try {
          const { user = "", host } = readNodeAddress(text);
          expect(`${user}${host}`).toMatch(/^[A-Za-z0-9._@+:%-]+$/);
          expect([user[0], host[0]]).not.toContain("-");
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
        }
      }),
    );
  });
});
