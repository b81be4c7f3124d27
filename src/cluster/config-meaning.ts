import { closest } from "../suggest.ts";
import { globalKeyNames, isNodeKey, nodeKeyNames } from "./config-keys.ts";

/** What is wrong with a key of [mclu] or [node.NAME], and what was likely meant; undefined when nothing is. */
export function keyProblem(
  key: string,
  value: string | undefined,
  section: string,
  nodes: ReadonlySet<string>,
): string | undefined {
  const global = globalKeyNames.some((name) => name === key);
  if (!isNodeKey(key) && !global) return unknownKey(key, section, nodes);
  if (global && section !== "mclu") return `${key} holds for the whole cluster: it belongs under [mclu]`;
  if (value === undefined || value === "") return `${key} has no value: write ${key} = VALUE, or leave the line out`;
  return undefined;
}

function unknownKey(key: string, section: string, nodes: ReadonlySet<string>): string {
  const known = section === "mclu" ? [...nodeKeyNames, ...globalKeyNames] : nodeKeyNames;
  const [word = key] = /^[^\s:]+/.exec(key) ?? [];
  if (word !== key && known.some((name) => name === word))
    return `"${key}" is not KEY = VALUE: the "=" is missing behind ${word}`;
  const near = closest(key.replaceAll("_", "-"), known);
  if (near !== undefined) return `unknown key "${key}" in [${section}]: did you mean ${near}?`;
  if (/^(?:ansible_)?(?:host|hostname|address|ip)$/i.test(key))
    return `unknown key "${key}" in [${section}]: a node's address stands under [nodes], NAME = [USER@]HOST[:PORT]`;
  if (nodes.has(key)) return `unknown key "${key}" in [${section}]: the settings of a node go under [node.${key}]`;
  return section === "mclu"
    ? `unknown key "${key}" in [mclu]: if it is a node, it belongs under [nodes]; keys are ${known.join(" ")}`
    : `unknown key "${key}" in [${section}]: keys are ${known.join(" ")}`;
}

/** What other inventories call these sections. */
const elsewhere = new Map([
  ["hosts", "nodes"],
  ["all", "nodes"],
  ["global", "mclu"],
  ["main", "mclu"],
  ["default", "mclu"],
  ["defaults", "mclu"],
  ["all:vars", "mclu"],
]);

/** What was likely meant by a section mclu does not have. */
export function unknownSection(name: string, nodes: ReadonlySet<string>): string {
  const [, quoted] = /^(?:node|host)s?[\s.:]\s*"?([A-Za-z0-9._-]+)"?$/i.exec(name) ?? [];
  const own = quoted ?? (nodes.has(name) ? name : undefined);
  const meant =
    own !== undefined ? `node.${own}` : (elsewhere.get(name.toLowerCase()) ?? closest(name, ["mclu", "nodes"]));
  if (meant !== undefined) return `unknown section [${name}]: did you mean [${meant}]?`;
  if (name.includes(":"))
    return `unknown section [${name}]: Ansible's are not read; set groups = NAME under [node.NODE]`;
  return `unknown section [${name}]: expected [mclu], [nodes] or [node.NAME]`;
}

/** What was likely meant by [node.NAME] without NAME in [nodes]. */
export function strayNode(name: string, nodes: ReadonlySet<string>): string {
  const near = closest(name, nodes);
  const meaning = near === undefined ? `add the line "${name} =" there` : `did you mean [node.${near}]?`;
  return `[node.${name}] is about a node that [nodes] does not have: ${meaning}`;
}
