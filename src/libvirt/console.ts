import type { DomainDetails } from "./domain-details.ts";
import type { Query } from "./query.ts";

/** The guest's terminal that `virsh console` opens: the first console, else the first serial port; undefined: it has none. */
export function consoleOf({ consoles }: Pick<DomainDetails, "consoles">): { readonly path: string | null } | undefined {
  const first = consoles.find(({ kind }) => kind === "console") ?? consoles[0];
  return first?.type === "pty" ? first : undefined;
}

/** virsh's arguments; it leaves at `^]` by itself. */
export function consoleCommand(uri: string, uuid: string, force: boolean): readonly string[] {
  return ["virsh", "-q", "-c", uri, "console", uuid, ...(force ? ["--force"] : [])];
}

const script = `for directory in /run/lock /var/lock; do
if [ -e "$directory/LCK..$1" ]; then echo held; exit; fi
done
echo free`;

/**
 * Whether a session is attached to the terminal at a path (`/dev/pts/3`): libvirt makes a lock file then, in the manner of
 * UUCP, where it was built to.
 */
export function consoleHeldQuery(path: string): Query<boolean> {
  const name = path.replace(/^\/dev\//, "").replaceAll("/", "_");
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", `_${name}`] }],
    parse: ([answer]) => answer?.texts[0]?.trim() === "held",
  };
}
