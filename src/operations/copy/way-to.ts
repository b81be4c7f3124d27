import type { Cluster } from "../../cluster/cluster.ts";
import type { Query } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import { commandLine, quote } from "../../node/shell.ts";
import { askOne } from "../ask-one.ts";
import { sshWords, stampCommand, type Way } from "./transfer-shell.ts";

/**
 * Whether the target can fetch files from the source by itself: asked there, about the very files. Another host that has the
 * source's name there, by its own hosts, search domain or ssh settings, is none. Throws UserError (exit 5) where one of the
 * two does not answer.
 */
export async function wayTo(
  cluster: Cluster,
  { source, target, files }: { readonly source: Node; readonly target: Node; readonly files: readonly string[] },
  signal: AbortSignal | undefined,
): Promise<Way> {
  const { host, user, port, become, transport } = source.settings;
  if (files.length === 0 || transport === "local" || target.settings.transport === "local") return { kind: "relayed" };
  const destination = [
    ...(port === undefined ? [] : ["-p", String(port)]),
    user === undefined ? host : `${user}@${host}`,
  ];
  const sudo = become === "sudo" ? "sudo -n " : "";
  const remote = commandLine([...sshWords(destination), hostScript(files, sudo)]);
  const ask = { signal, patient: true };
  const [there, itself] = await Promise.all([
    askOne(cluster, target, () => target.ask(hostQuery(`${remote} </dev/null`), ask), signal),
    askOne(cluster, source, () => source.ask(hostQuery(hostScript(files, "")), ask), signal),
  ]);
  const [boot, name, ...stamps] = itself;
  if (boot === undefined || name === undefined || stamps.length !== files.length) return { kind: "relayed" };
  if (there.join("\n") !== itself.join("\n")) return { kind: "relayed" };
  const known = new Map(files.map((file, index) => [file, `${name}\n${stamps[index]}`]));
  return { kind: "direct", destination, become, known };
}

/** What a host is known by, machines that were copied from each other too: its boot, its name, and files of it. */
function hostScript(files: readonly string[], sudo: string): string {
  return `cat /proc/sys/kernel/random/boot_id && uname -n && ${sudo}${stampCommand} ${files.map(quote).join(" ")}`;
}

/** The lines of that; none where it does not come to its end. */
function hostQuery(script: string): Query<readonly string[]> {
  return {
    steps: [{ run: ["sh", "-c", `${script} 2>/dev/null`], cap: 15 }],
    parse: ([answer]) => (answer?.code === 0 ? (answer.texts[0] ?? "").trim().split("\n") : []),
  };
}
