import { expect, it } from "vitest";
import { activePoolsQuery, poolsQuery, volumesQuery } from "../../src/libvirt/pools-query.ts";
import { testUuid } from "../support/test-driver.ts";

const [one, two, three] = [testUuid(1), testUuid(2), testUuid(3)];

it("activePoolsQuery reads UUIDs, also none", () => {
  expect(activePoolsQuery.parse([{ code: 0, texts: [`${one}\n ${two} \n\n`, "uri"] }])).toEqual([one, two]);
  expect(activePoolsQuery.parse([])).toEqual([]);
});

it("poolsQuery leaves out a pool that is gone, and reads one that says little", () => {
  const pool = "<pool type='dir'><name>default</name><target><path>/images</path></target></pool>";
  expect(poolsQuery([one, two, three]).parse([{ code: 0, texts: [pool, "", "<pool/>", "uri"] }])).toEqual([
    { uuid: one, name: "default", type: "dir", directory: "/images" },
    { uuid: three, name: "", type: "", directory: null },
  ]);
});

it("volumesQuery finds by path and by name, and knows nothing of half an answer", () => {
  const query = volumesQuery([{ path: "/i/a" }, { pool: "p", name: "b" }, { path: "/i/c" }, { path: "/i/d" }]);
  const texts = [one, "a", two, "/i/b", three, "", "", "d", "uri"];
  expect(query.parse([{ code: 0, texts }])).toEqual([
    { pool: one, name: "a", path: "/i/a" },
    { pool: two, name: "b", path: "/i/b" },
    null,
    null,
  ]);
});
