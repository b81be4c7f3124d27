import type { SshConfigReport } from "../operations/ssh-config.ts";
import { clean } from "./clean.ts";

/** Text that ssh_config may `Include`. */
export function renderSshConfig({ hosts }: SshConfigReport): string {
  const blocks = hosts.map(({ hosts: names, settings }) =>
    [`Host ${names.join(" ")}`, ...settings.map(([key, value]) => `  ${key} ${value}`)].map(clean).join("\n"),
  );
  return `${["# made by: mclu ssh-config", ...blocks].join("\n\n")}\n`;
}
