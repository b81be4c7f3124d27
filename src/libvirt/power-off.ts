import type { Query } from "./query.ts";

/** What a node made of being told to switch itself off. */
export type PowerOffAnswer =
  | { readonly kind: "accepted" }
  /** These guests run there now; nothing was done. */
  | { readonly kind: "running"; readonly guests: readonly string[] }
  /** libvirt did not say what runs there; nothing was done. */
  | { readonly kind: "blind" }
  /** The command that switches it off failed. */
  | { readonly kind: "failed"; readonly said: string }
  /** The answer was cut short: it may be about to go. */
  | { readonly kind: "unheard" };

/** Has a node switch itself off, if no guest runs there at that very moment. */
export function powerOffQuery(uri: string): Query<PowerOffAnswer> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu-off", uri] }],
    parse([answer]) {
      const [word = "", ...lines] = (answer?.texts[0] ?? "").split("\n");
      const said = lines.filter((line) => line.trim() !== "");
      switch (word) {
        case "accepted":
          return { kind: "accepted" };
        case "running":
          return { kind: "running", guests: said };
        case "blind":
          return { kind: "blind" };
        case "failed":
          return { kind: "failed", said: said.at(-1) ?? "it did not say why" };
        default:
          return { kind: "unheard" };
      }
    },
  };
}

/** Only `accepted` comes after something was done. Without systemd (or in a chroot of it) `systemctl poweroff` does nothing. */
const script = `running=$(virsh -q -c "$1" -r list --name) || { echo blind; exit 0; }
if [ -n "$running" ]; then echo running; printf '%s\\n' "$running"; exit 0; fi
if [ -d /run/systemd/system ]; then set -- systemctl poweroff
elif command -v poweroff >/dev/null; then set -- poweroff
else set -- shutdown -h now; fi
said=$("$@" 2>&1) && { echo accepted; exit 0; }
echo failed
printf '%s\\n' "$said"`;
