import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import { Node } from "../../src/node/node.ts";
import { temporaryDirectory } from "./run-mclu.ts";
import { testDriverUri } from "./test-driver.ts";

/** This machine as a node, where jobs are in this directory and not where a node has them. */
export function nodeAt(jobs: string, { changeTimeout = 60, readTimeout = 20 } = {}): Node {
  const uri = testDriverUri(temporaryDirectory(), []);
  const own = { ...nodeDefaults, name: "ham0", host: "ham0", transport: "local", uri } as const;
  const settings = { ...own, changeTimeout, readTimeout };
  const node = new Node(settings, () => Promise.reject(new Error("a local node needs no connection")));
  const ask = node.ask.bind(node);
  const elsewhere: Node["ask"] = (query, options) => {
    const steps = query.steps.map((step) =>
      "run" in step
        ? { ...step, run: step.run.map((word) => word.replace("mclu_open jobs look || exit 0", `mclu_dir='${jobs}'`)) }
        : step,
    );
    return ask({ ...query, steps }, options);
  };
  Object.assign(node, { ask: elsewhere });
  return node;
}
