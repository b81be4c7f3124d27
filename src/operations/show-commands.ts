import type { Cluster } from "../cluster/cluster.ts";
import type { Action } from "../libvirt/change.ts";
import { commandLine } from "../node/shell.ts";
import { commandsOfMove } from "./move/move-job.ts";
import type { PreparedMove } from "./move/prepare-move.ts";
import { changesOf, type Plan } from "./plan.ts";

/** A command that a plan runs, and when. */
export interface ShownCommand {
  readonly node: string;
  readonly command: string;
}

/** What the jobs of moves run on their nodes, in order, as one would type it there. */
export function commandsOfMoves(cluster: Cluster, moves: readonly PreparedMove[]): readonly ShownCommand[] {
  return moves.flatMap((move) => {
    const { node } = move.plan.guest;
    const { uri, become } = cluster.node(node).settings;
    const sudo = become === "sudo" ? "sudo -n " : "";
    return commandsOfMove(move, uri).map((command) => ({ node, command: `${sudo}${command}` }));
  });
}

/** What a plan runs on its nodes, in order, as one would type it there. */
export function commandsOf(cluster: Cluster, plan: Plan): readonly ShownCommand[] {
  return changesOf(plan).flatMap((target) => {
    const { node, uuid, actions, wait } = target;
    const { uri, become } = cluster.node(node).settings;
    const sudo = become === "sudo" ? ["sudo", "-n"] : [];
    const shown = (action: Action, when = "") => {
      const virsh = (words: readonly string[]) => commandLine([...sudo, "virsh", "-c", uri, ...words]);
      if ("virsh" in action) {
        const input = action.input === undefined ? "" : `   # stdin: ${action.input.replace(/(?<!\s)\s*\n\s*/g, "")}`;
        return { node, command: virsh(action.virsh) + input + when };
      }
      if ("unless" in action) return { node, command: `${virsh(action.unless)}   # goes on where this fails` };
      if ("only" in action)
        return { node, command: `${virsh(action.only)}   # goes on only if: ${action.says.join(", ")}` };
      if ("has" in action) return { node, command: `${virsh(action.has)}   # goes on only if it is as it was` };
      if ("free" in action)
        return {
          node,
          command: `${virsh(["list", "--all"])}   # goes on only if no other guest names ${action.free.path}, and no image is based on it`,
        };
      if ("unbased" in action) {
        const { path } = action.unbased;
        return {
          node,
          command: `${commandLine([...sudo, "stat", "--", path])}   # goes on only if no image is based on it`,
        };
      }
      if ("until" in action)
        return {
          node,
          command: `${virsh(action.until)}   # until it lacks ${action.lacks}, ${action.seconds} s at most`,
        };
      if ("redefine" in action) {
        const validate = action.redefine.validate ? ["--validate"] : [];
        const condition = "if dumpxml --inactive --security-info still says what it said";
        return { node, command: `${virsh(["define", ...validate, "/dev/stdin"])}   # ${condition}` };
      }
      if ("make" in action) {
        const { path, part, format, size } = action.make;
        const create = commandLine([...sudo, "qemu-img", "create", "-q", "-f", format, "--", part, String(size)]);
        const publish = commandLine([...sudo, "ln", "-T", "--", part, path]);
        return { node, command: `${create} && ${publish} && ${commandLine([...sudo, "rm", "--", part])}` };
      }
      const { path, identity, volume } = action.remove;
      const removal =
        volume === null
          ? commandLine([...sudo, "rm", "-f", "--", path])
          : virsh(["vol-delete", "--vol", volume.name, "--pool", volume.pool]);
      return { node, command: `${removal}   # if ${path} is still inode ${identity}, and nobody names it` };
    };
    return [
      shown({ virsh: ["domname", uuid] }),
      ...actions.map((action) => shown(action)),
      ...(wait?.again.map((action) => shown(action, `   # if it is not off after ${wait.seconds / 2} s`)) ?? []),
      ...(wait?.force.map((action) => shown(action, `   # if it is not off after ${wait.seconds} s`)) ?? []),
    ];
  });
}
