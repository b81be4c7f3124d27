import { globalKeyNames, isNodeKey } from "../../cluster/config-keys.ts";
import { formatNodeAddress, type NodeAddress, readNodeAddress, readNodeName } from "../../cluster/node-address.ts";
import { exitCodes, UserError } from "../../errors.ts";

/** A host that is to become a node. */
export interface InitHost {
  readonly name: string;
  readonly address: NodeAddress;
}

/** Hosts as they are typed: `[NAME=][USER@]HOST[:PORT]`; without NAME the host is it. Throws UserError (exit 2). */
export function parseHosts(words: readonly string[]): readonly InitHost[] {
  const hosts = words.map(parseHost);
  for (const [index, { name }] of hosts.entries()) {
    const twin = hosts.findIndex((other) => other.name.toLowerCase() === name.toLowerCase());
    if (twin !== index) throw usage(`"${words[twin]}" and "${words[index]}" have one name`, `NAME=${words[index]}`);
  }
  return hosts;
}

function parseHost(word: string): InitHost {
  const [, given, text = word] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  const address = readNodeAddress(text || (given ?? ""));
  if (given === undefined && address.host.includes(":"))
    throw usage(`"${word}" needs a name: an IPv6 address cannot be a node's`, `NAME=${word}`);
  const name = readNodeName(given ?? address.host);
  if (isNodeKey(name) || globalKeyNames.some((key) => key === name))
    throw usage(
      `"${name}" cannot be a node's name: it is a setting of mclu.conf`,
      `NAME=${formatNodeAddress(address)}`,
    );
  return { name, address };
}

/**
 * The answer to "which of these": their numbers, `N-M`, `all`, and hosts as `parseHosts` takes them, with spaces or commas
 * between. Throws UserError (exit 2).
 */
export function parseChoice(answer: string, offered: readonly string[]): readonly InitHost[] {
  const words = answer.split(/[\s,]+/).filter((word) => word !== "");
  const chosen = words.flatMap((word) =>
    word === "all" && offered.length > 0 ? offered : (numbered(word, offered) ?? word),
  );
  return parseHosts([...new Set(chosen)]);
}

function numbered(word: string, offered: readonly string[]): readonly string[] | undefined {
  const [, from, to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(word) ?? [];
  if (from === undefined || offered.length === 0) return undefined;
  const [first, last] = [Number(from), Number(to)];
  if (first < 1 || last < first || last > offered.length)
    throw usage(`${word} is none of the numbers from 1 to ${offered.length}`, undefined);
  return offered.slice(first - 1, last);
}

function usage(message: string, hint: string | undefined): UserError {
  return new UserError(message, { hint, exitCode: exitCodes.usage });
}
