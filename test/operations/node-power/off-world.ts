import { type FakeGuest, type FakeNode, fakeCluster, offNode } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

export const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };
export const idle: FakeGuest = { name: "idle", uuid: testUuid(2), state: "shut off" };

interface World {
  /** What ham0 says when it is told; `-` cuts the answer short. Default: it goes. */
  readonly says?: string;
  readonly guests?: readonly FakeGuest[];
  /** What it is once it was told. Default: off. */
  readonly after?: FakeNode;
  /** A job that runs there, from so many looks on. */
  readonly jobFrom?: number;
}

/** A cluster of ham0, and how often it was told to go. */
export async function offWorld({
  says = "accepted",
  guests = [idle],
  after = () => offNode,
  jobFrom = 99,
}: World = {}) {
  let told = 0;
  let looks = 0;
  const run = (_: string, argv: readonly string[]) => {
    if (argv.includes("mclu-off")) {
      told++;
      return says;
    }
    const now = Math.floor(Date.now() / 1000);
    const job = `job\t20261121T120000-abcdef12\nstarted\t${now}\nlive\tleader\nspec\t{"kind":"build","guest":"web2"}\n`;
    return `now\t${now}\n${looks++ >= jobFrom ? job : ""}`;
  };
  const cluster = await fakeCluster({ ham0: (asked) => (told > 0 ? after(asked) : guests) }, "", {
    run: (argv, node) => run(node, argv),
  });
  for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
  return { cluster, told: () => told };
}
