import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { kernelReader, scarcity, threadsFor } from "../src/threads.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

const limits = (processes: string, addresses: string) =>
  [
    "Limit                     Soft Limit           Hard Limit           Units     ",
    `Max processes             ${processes.padEnd(20)} unlimited            processes `,
    `Max address space         ${addresses.padEnd(20)} unlimited            bytes     `,
    "",
  ].join("\n");
const open = limits("unlimited", "unlimited");

it.each<[string, Readonly<Record<string, string>>, number]>([
  ["nothing is limited", { "/proc/self/limits": open }, 64],
  ["the kernel says nothing", {}, 64],
  ["a user may have many processes", { "/proc/self/limits": limits("63432", "unlimited") }, 64],
  ["a user may have few processes", { "/proc/self/limits": limits("200", "unlimited") }, 4],
  ["there are few addresses", { "/proc/self/limits": limits("unlimited", "2097152000") }, 4],
  [
    "a group may have few processes",
    {
      "/proc/self/cgroup": "0::/a/b\n",
      "/sys/fs/cgroup/a/b/pids.max": "64\n",
      "/sys/fs/cgroup/a/b/pids.current": "3\n",
    },
    4,
  ],
  [
    "a group above it has few left",
    {
      "/proc/self/cgroup": "0::/a/b\n",
      "/sys/fs/cgroup/a/b/pids.max": "max\n",
      "/sys/fs/cgroup/a/pids.max": "5000\n",
      "/sys/fs/cgroup/a/pids.current": "4900\n",
    },
    4,
  ],
  [
    "a container's own group may have few, in the older order",
    { "/proc/self/cgroup": "9:name=systemd:/x\n8:cpu,pids:/docker/0a\n", "/sys/fs/cgroup/pids/pids.max": "50\n" },
    4,
  ],
  [
    "groups may have many",
    {
      "/proc/self/cgroup": "8:pids:/\n0::/\n",
      "/sys/fs/cgroup/pids.max": "20000\n",
      "/sys/fs/cgroup/pids.current": "9",
    },
    64,
  ],
])("where %s", (_, files, expected) => {
  expect(threadsFor((path) => files[path])).toBe(expected);
});

it.each<[string, string | undefined]>([
  ["unlimited", undefined],
  ["1073741824", undefined],
  ["921600000", "warning: 878 MiB of addresses (ulimit -v) may be too few for Node"],
])("of %s bytes of addresses says", (addresses, expected) => {
  const warning = scarcity(() => limits("unlimited", addresses));
  if (expected === undefined) expect(warning).toBeUndefined();
  else expect(warning).toContain(expected);
});

it("says nothing of addresses where the kernel does not", () => {
  expect(scarcity(() => undefined)).toBeUndefined();
});

it("reads a file of the kernel's once, also where there is none", () => {
  const file = join(temporaryDirectory(), "limits");
  const read = kernelReader();
  expect(read(file)).toBeUndefined();
  writeFileSync(file, "first");
  expect(read(file)).toBeUndefined();
  const again = kernelReader();
  expect(again(file)).toBe("first");
  writeFileSync(file, "second");
  expect(again(file)).toBe("first");
});
