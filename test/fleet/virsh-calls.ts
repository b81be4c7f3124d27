import type { FleetNode } from "./fleet.ts";
import { wrapPrograms } from "./wrap.ts";

/** What one virsh was given. */
export interface VirshCall {
  readonly argv: readonly string[];
  /** What it read from its stdin, where it was to read a file there. */
  readonly input: string;
}

const calls = "/run/fleet/virsh-calls";

/** Has a node write down what every virsh is given there that is found by PATH. */
export async function recordVirsh(node: FleetNode): Promise<void> {
  await node.enter(`mkdir -m 1777 ${calls}`);
  const script = `call=$(mktemp ${calls}/$(date +%s%N).XXXXXX)
printf '%s\\0' "$@" >$call
case " $* " in *" /dev/stdin "*) cat >$call.input; exec /usr/bin/virsh "$@" <$call.input ;; esac
exec /usr/bin/virsh "$@"`;
  await wrapPrograms(node, { virsh: script });
}

/** What was written down, in the order of the calls. */
export async function virshCalls(node: FleetNode): Promise<readonly VirshCall[]> {
  const text = await node.enter(`cd ${calls} && for file in *; do echo "$file $(base64 -w0 "$file")"; done`);
  const files = new Map<string, string>();
  for (const line of text.trimEnd().split("\n")) {
    const [name = "", content = ""] = line.split(" ");
    files.set(name, Buffer.from(content, "base64").toString("utf8"));
  }
  return [...files]
    .filter(([name]) => !name.endsWith(".input"))
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, argv]) => ({ argv: argv.split("\0").slice(0, -1), input: files.get(`${name}.input`) ?? "" }));
}
