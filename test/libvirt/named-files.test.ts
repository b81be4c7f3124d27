import { expect, it } from "vitest";
import { volumeKey, withVolumePaths } from "../../src/libvirt/named-files.ts";

const pools = [
  { name: "images", directory: "/srv/images" },
  { name: "ceph", directory: null },
];

it.each([
  ["of a pool with a directory has a path", "images", ["/x", "/srv/images/v"], []],
  ["of a pool without one has none", "ceph", ["/x"], []],
  ["of a pool that there is not may be anywhere", "gone", ["/x"], [volumeKey("", "v")]],
])("a volume %s", (_what, pool, paths, more) => {
  const named = { paths: ["/x"], volumes: [volumeKey(pool, "v")] };
  expect(withVolumePaths(named, pools)).toEqual({ paths, volumes: [volumeKey(pool, "v"), ...more] });
});
