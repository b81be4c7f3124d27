import type { IniEntry, IniSection } from "../ini.ts";
import type { Origin, Problems } from "../origin.ts";
import { globalKeyNames, isNodeKey } from "./config-keys.ts";
import type { Layer } from "./config-layer.ts";
import { readNodeAddress, readNodeName } from "./node-address.ts";

/** A node of [nodes] and what its address says. */
export interface NodeLine {
  readonly name: string;
  readonly layer: Layer;
}

/** The lines of [nodes]: `NAME = [USER@]HOST[:PORT]`, or NAME alone. */
export function readNodes(
  section: IniSection | undefined,
  at: (line: number) => Origin,
  problems: Problems,
): readonly NodeLine[] {
  if (!section) return [];
  if (section.entries.length === 0)
    problems.add(at(section.line), "[nodes] is empty: put one line NAME = [USER@]HOST[:PORT] per node under it");
  const lines = section.entries.flatMap((entry) => readNode(entry, at(entry.line), problems));
  // a search for every line would make a long file quadratic
  const firsts = new Map<string, string>();
  return lines.filter(({ name }) => {
    const first = firsts.get(name.toLowerCase());
    firsts.set(name.toLowerCase(), first ?? name);
    if (first === undefined) return true;
    const { line = 0 } = section.entries.find(({ key }) => key === name) ?? {};
    problems.add(at(line), `${name} and ${first} are one name: DNS does not tell upper from lower case`);
    return false;
  });
}

function readNode(entry: IniEntry, origin: Origin, problems: Problems): readonly NodeLine[] {
  const mistaken = mistakenLine(entry);
  if (mistaken !== undefined) {
    problems.add(origin, mistaken);
    return [];
  }
  const name = problems.attempt(origin, "[nodes]", () => readNodeName(entry.key));
  if (name === undefined) return [];
  // a node whose address is wrong still exists: its section must not be reported as one too many
  const address = problems.attempt(origin, name, () => readNodeAddress(entry.value || name)) ?? { host: name };
  const { user, port } = address;
  return [
    {
      name,
      layer: {
        settings: address,
        origins: new Map([
          ["host", origin],
          ...(user === undefined ? [] : [["user", origin] as const]),
          ...(port === undefined ? [] : [["port", origin] as const]),
        ]),
      },
    },
  ];
}

/** Lines that mean something else than a node. */
function mistakenLine({ key, value = "" }: IniEntry): string | undefined {
  // `ham0 ansible_host=10.0.0.1 ansible_user=root`, of which INI makes the key `ham0 ansible_host`
  const [, host] = /^(\S+)\s+[A-Za-z_]+$/.exec(key) ?? [];
  if (host !== undefined && value !== "")
    return `this reads like a line of an Ansible inventory: write ${host} = [USER@]HOST[:PORT], and the rest under [node.${host}]`;
  if (isNodeKey(key) || globalKeyNames.some((name) => name === key))
    return `${key} is a setting, and would be a node here: it belongs under [mclu] or [node.NAME]`;
  return undefined;
}
