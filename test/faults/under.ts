import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** A command under which files of /etc have other contents, for what it runs alone. */
export function underOther(directory: string, files: Readonly<Record<string, string>>): string[] {
  const mounts = Object.entries(files).map(([name, text]) => {
    const own = join(directory, name);
    writeFileSync(own, text);
    return `mount --bind '${own}' '/etc/${name}' && `;
  });
  return ["unshare", "--mount", "sh", "-c", `${mounts.join("")}exec "$@"`, "sh"];
}

/** A command under which root may read what anybody may, and its own files, as their modes say. */
export const underModes = [
  "setpriv",
  ...["--inh-caps", "--bounding-set"].map((set) => `${set}=-dac_override,-dac_read_search`),
];

/** An mclu.conf with one more node, which comes first. */
export const withNode = (line: string) => (config: string) => config.replace("[nodes]\n", `[nodes]\n${line}\n`);

/** An ssh_config with lines that come first, and so count. */
export const withSsh = (lines: string) => (config: string) => `${lines}\n${config}`;
