import { expect, it } from "vitest";
import type { NodeRow } from "../../src/operations/node-list.ts";
import { nodeListing } from "../../src/render/node-list.ts";

it("writes a host as mclu.conf takes it, so that a port is no part of an IPv6 address", () => {
  const hosts = nodeListing({ nodes: [] }).columns.find(({ name }) => name === "host");
  const of = (host: string, user: string | null, port: number | null) =>
    hosts?.value({ host, user, port } as unknown as NodeRow);
  expect(of("fe80::1", "root", 2222)).toBe("root@[fe80::1]:2222");
  expect(of("fe80::1", null, null)).toBe("[fe80::1]");
  expect(of("ham0", "root", 22)).toBe("root@ham0:22");
  expect(of("192.0.2.1", null, null)).toBe("192.0.2.1");
});
