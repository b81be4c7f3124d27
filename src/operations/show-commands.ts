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
      const virsh = (words: readonly string[]) => commandLine([...sudo, "virsh", "-c", uri, ...words]);
      if ("virsh" in action) return { node, command: virsh(action.virsh) + when };
      if ("unless" in action) return { node, command: `${virsh(action.unless)}   # goes on where this fails` };
      if ("only" in action)
        return { node, command: `${virsh(action.only)}   # goes on only if: ${action.says.join(", ")}` };
      const { path, identity, volume } = action.remove;
      const removal =
        volume === null
          ? commandLine([...sudo, "rm", "-f", "--", path])
          : virsh(["vol-delete", "--vol", volume.name, "--pool", volume.pool]);
      return { node, command: `${removal}   # if ${path} is still inode ${identity}` };
    };
    return [
      shown({ virsh: ["domname", uuid] }),
      ...actions.map((action) => shown(action)),
      ...(wait?.again.map((action) => shown(action, `   # if it is not off after ${wait.seconds / 2} s`)) ?? []),
      ...(wait?.force.map((action) => shown(action, `   # if it is not off after ${wait.seconds} s`)) ?? []),
    ];
  });
}
