import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

// files of the real cluster run side by side, and two clusters of one net refuse each other
it("no two test files start a cluster in the same net", () => {
  const files = ["fleet", "faults"].flatMap((name) => {
    const folder = join(import.meta.dirname, name);
    return readdirSync(folder).flatMap((file) => (file.endsWith(".test.ts") ? [join(folder, file)] : []));
  });
  const netsOf = (file: string) => new Set(readFileSync(file, "utf8").match(/"10\.\d+\.\d+"/g));
  const users = new Map<string, string[]>();
  for (const file of files) for (const net of netsOf(file)) users.set(net, [...(users.get(net) ?? []), file]);
  expect(users.size).toBeGreaterThan(50);
  // 97 to 99: the benchmark, the demo, and whoever starts one by hand
  for (const net of ['"10.97.0"', '"10.98.0"', '"10.99.0"']) users.set(net, [...(users.get(net) ?? []), "others"]);
  expect([...users].filter(([, several]) => several.length > 1)).toEqual([]);
});
