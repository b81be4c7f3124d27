import type { Cluster } from "../cluster/cluster.ts";
import type { Action } from "../libvirt/change.ts";
import { commandLine } from "../node/shell.ts";
import { changesOf, type Plan } from "./plan.ts";

/** A command that a plan runs, and when. */
export interface ShownCommand {
  readonly node: string;
  readonly command: string;
}

/** What a plan runs on its nodes, in order, as one would type it there. */
export function commandsOf(cluster: Cluster, plan: Plan): readonly ShownCommand[] {
  return changesOf(plan).flatMap((target) => {
    const { node, uuid, actions, wait } = target;
    const { uri, become } = cluster.node(node).settings;
    const sudo = become === "sudo" ? ["sudo", "-n"] : [];
    const shown = (action: Action, when = "") => {
      const words = "virsh" in action ? action.virsh : action.unless;
      const command = commandLine([...sudo, "virsh", "-c", uri, ...words]);
      return { node, command: "virsh" in action ? `${command}${when}` : `${command}   # goes on where this fails` };
    };
    return [
      shown({ virsh: ["domname", uuid] }),
      ...actions.map((action) => shown(action)),
      ...(wait?.again.map((action) => shown(action, `   # if it is not off after ${wait.seconds / 2} s`)) ?? []),
      ...(wait?.force.map((action) => shown(action, `   # if it is not off after ${wait.seconds} s`)) ?? []),
    ];
  });
}
