import type { Query } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import type { Obstacle } from "./move-plan.ts";
import { dataPorts } from "./reach-target.ts";

const hasFirewalld = "command -v firewall-cmd >/dev/null && timeout -k 2 10 firewall-cmd --state >/dev/null 2>&1";
const hasPython = "command -v python3 >/dev/null";

/** Why the source found no way to the ports of the target, and what mends it there. Rejects with NodeError. */
export async function closedPorts(source: Node, target: Node, signal: AbortSignal | undefined): Promise<Obstacle> {
  const ask = { signal, patient: true };
  const [[firewalld, there], [here]] = await Promise.all([
    target.ask(succeed(hasFirewalld, hasPython), ask),
    source.ask(succeed(hasPython), ask),
  ]);
  const bare = there === false ? target : here === false ? source : undefined;
  if (bare)
    return {
      why: `${bare.name} has no python3, by which the way to its ports ${dataPorts} is tried`,
      fix: `install python3 on ${bare.name}`,
    };
  const open = `on ${target.name}: firewall-cmd --permanent --add-port=${dataPorts}/tcp && firewall-cmd --reload`;
  const route = `let ${source.name} reach the TCP ports ${dataPorts} of ${target.name}: in the firewall of ${target.name} (nft list ruleset), and in what is between them`;
  return {
    why: `${source.name} reaches none of its ports ${dataPorts}, which a guest's memory goes to`,
    fix: firewalld ? open : route,
  };
}

function succeed(...scripts: readonly string[]): Query<readonly boolean[]> {
  return {
    steps: scripts.map((script) => ({ run: ["sh", "-c", script], cap: 15 })),
    parse: (answers) => scripts.map((_, index) => answers[index]?.code === 0),
  };
}
