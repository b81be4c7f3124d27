import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Fleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

/** Bytes of the file `large` beside the templates: more than a connection takes before somebody reads. */
export const largeFile = 6 * 1024 * 1024;

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGZpeHR1cmUta2V5LWZvci1hLXRlc3Qtb25seS1ub3QgYWxpdmUh alice@desk\n";

/**
 * An administrator with templates, a file `large` beside them, and a key to log in with.
 * @param only the one node that their mclu.conf has; default all of them
 * @param edit makes another mclu.conf of theirs
 */
export async function builder(
  fleet: Fleet,
  templates: Readonly<Record<string, string>>,
  only?: string,
  edit = (text: string) => text,
): Promise<FleetUser> {
  const user = await fleetUser(fleet, { config: (text) => edit(onlyOf(text, only)) });
  const directory = join(user.home, "templates");
  await mkdir(directory);
  await mkdir(join(user.home, ".ssh"));
  for (const [name, text] of Object.entries(templates)) await writeFile(join(directory, `${name}.conf`), text);
  await writeFile(join(directory, "large"), Buffer.alloc(largeFile, "x"));
  await writeFile(join(user.home, ".ssh/id_ed25519.pub"), key);
  return user;
}

/** A fleet's mclu.conf with one node of it, and the templates. */
function onlyOf(text: string, name: string | undefined): string {
  const [head = "", ...rest] = text.split("[nodes]");
  const [line] = new RegExp(`^${name} = .*$`, "m").exec(text) ?? [];
  const [section] = new RegExp(`^\\[node\\.${name}\\][^[]*`, "m").exec(text) ?? [];
  const nodes = name === undefined ? rest.join("") : `\n${line}\n${section}`;
  return `${head}templates = ./templates\n[nodes]${nodes}`;
}
