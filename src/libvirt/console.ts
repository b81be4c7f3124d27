import type { DomainDetails } from "./domain-details.ts";
import type { Query } from "./query.ts";

/** A console or serial port that virsh can open. */
export interface GuestTerminal {
  readonly path: string | null;
  /** What virsh has to be told to open this one; null: it does so unasked. */
  readonly device: string | null;
}

/**
 * The guest's terminal that `virsh console` opens by itself: the first console, else the first serial port. Where that is no
 * terminal, but a socket or a file, the first that is one and has an alias; undefined: it has none.
 */
export function consoleOf({ consoles }: Pick<DomainDetails, "consoles">): GuestTerminal | undefined {
  const first = consoles.find(({ kind }) => kind === "console") ?? consoles[0];
  if (first?.type === "pty") return { path: first.path, device: null };
  const other = consoles.find(({ type, alias }) => type === "pty" && alias !== null);
  return other && { path: other.path, device: other.alias };
}

/** virsh's arguments; it leaves at `^]` by itself. */
export function consoleCommand(
  uri: string,
  uuid: string,
  { device, force }: { readonly device: string | null; readonly force: boolean },
): readonly string[] {
  return [
    ...["virsh", "-q", "-c", uri, "console", uuid],
    ...(device === null ? [] : ["--devname", device]),
    ...(force ? ["--force"] : []),
  ];
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
