import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIniValue, readIni } from "../../../src/ini.ts";
import { configText, type NewNode } from "../../../src/operations/init/config-text.ts";
import { parseHosts } from "../../../src/operations/init/hosts.ts";
import { proveText } from "../../../src/operations/init/write-config.ts";

const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,12}$/);
const address = fc.oneof(
  word,
  fc.ipV4(),
  fc.ipV6().map((text) => `[${text}]`),
);
const typed = fc
  .tuple(
    word,
    fc.option(fc.stringMatching(/^[A-Za-z0-9._][A-Za-z0-9._@+-]{0,8}$/)),
    address,
    fc.option(fc.integer({ min: 1, max: 65535 })),
  )
  .map(
    ([name, user, host, port]) => `${name}=${user === null ? "" : `${user}@`}${host}${port === null ? "" : `:${port}`}`,
  );
const mac = fc
  .array(fc.stringMatching(/^[0-9a-f]{2}$/), { minLength: 6, maxLength: 6 })
  .map((pairs) => pairs.join(":"));
const facts = fc.record({
  become: fc.constantFrom("none" as const, "sudo" as const),
  mac: fc.option(mac),
  state: fc.constantFrom("on" as const, "off" as const, "failed" as const),
});

const ham0: NewNode = { name: "ham0", address: { host: "ham0" }, become: "none", mac: null };

describe("the text of a new mclu.conf", () => {
  it("is read back as the nodes it was made of, whatever their names, addresses and states", async () => {
    const inputs = fc.uniqueArray(fc.tuple(typed, facts), {
      minLength: 1,
      maxLength: 5,
      selector: ([text]) => text.split("=")[0]?.toLowerCase(),
    });
    await fc.assert(
      fc.asyncProperty(inputs, async (found) => {
        let nodes: NewNode[];
        try {
          nodes = parseHosts(found.map(([text]) => text)).map((host, index) => ({
            ...host,
            ...(found[index] as (typeof found)[number])[1],
          }));
        } catch {
          // a word that is a setting of mclu.conf
          fc.pre(false);
        }
        await proveText("/etc/mclu.conf", configText(nodes), nodes);
      }),
      { numRuns: 300 },
    );
  });

  it("says of each node only what it takes", () => {
    const text = configText([
      { ...ham0, state: "on" },
      {
        name: "ham1",
        address: { user: "admin", host: "10.0.0.11", port: 2222 },
        become: "sudo",
        mac: "74:d4:35:51:ab:86",
        state: "on",
      },
      { ...ham0, name: "ham2", address: { host: "ham2" }, state: "off" },
    ]);
    expect(text.slice(text.indexOf("ham0 ="))).toBe(`ham0 =
ham1 = admin@10.0.0.11:2222
ham2 =

[node.ham1]
# Commands run under sudo -n, which asks for no password.
become = sudo
# What "mclu on ham1" wakes.
mac = 74:d4:35:51:ab:86

[node.ham2]
# It was off as this was written: once it is on, "mclu doctor ham2" says its mac.
;mac = 52:54:00:12:34:56
`);
  });

  it("is right with every setting in it uncommented too", async () => {
    const text = configText([ham0]).replace(/^;(?!ssh-key)/gm, "");
    const sections = readIni(text).sections.map(({ name, entries }) => [name, entries.map(({ key }) => key)]);
    expect(sections).toEqual([
      ["mclu", ["host-reserve", "pool", "network"]],
      ["nodes", ["ham0"]],
    ]);
    await proveText("/etc/mclu.conf", text, [ham0]);
  });

  it("is proved before it is written", async () => {
    const other: NewNode = { ...ham0, become: "sudo" };
    await expect(proveText("/etc/mclu.conf", configText([ham0]), [other])).rejects.toThrow("a new mclu.conf reads as");
  });
});

describe("formatIniValue", () => {
  it("gives what the reader reads as the very same text", () => {
    const value = fc.string({ minLength: 1 }).filter((text) => !/[\0-\x1f\x7f\ufffd]/.test(text));
    fc.assert(
      fc.property(value, (text) => {
        expect(readIni(`[x]\nkey = ${formatIniValue(text)}\n`).sections[0]?.entries[0]?.value).toBe(text);
      }),
    );
  });
});
