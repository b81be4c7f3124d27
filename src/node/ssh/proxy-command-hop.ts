import { type ProxyHop, parseProxyJump } from "./proxy-jump.ts";

/** Options of ssh that take a value. */
const withValue = /^-[46AaCfGgKkMNnqsTtVvXxYy]*([BbcDEeFIiJLlmOoPpQRSWw])(.*)$/;

/**
 * The host that a ProxyCommand goes through, where it plainly is an ssh: `ssh -W HOST:PORT [USER@]GATE`, `ssh GATE nc HOST
 * PORT`. undefined for any other, which only a shell could read, and may not: it would run it.
 */
export function hopOfProxyCommand(command: string): ProxyHop | undefined {
  if (/[$`|&;<>()\\*?\n]/.test(command)) return undefined;
  const words = [...command.matchAll(/"[^"]*"|'[^']*'|[^\s"']+/g)].map(([word]) => word.replace(/^["']|["']$/g, ""));
  const [program, ...rest] = words[0] === "exec" ? words.slice(1) : words;
  if (program === undefined || !/^(?:.*\/)?ssh$/.test(program)) return undefined;
  let port: number | undefined;
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? "";
    if (!word.startsWith("-")) return hop(word, port);
    const [, option, attached = ""] = withValue.exec(word) ?? [];
    if (option === undefined) continue;
    const value = attached === "" ? rest[++at] : attached;
    if (option === "p") port = /^\d{1,5}$/.test(value ?? "") ? Number(value) : undefined;
  }
  return undefined;
}

function hop(destination: string, port: number | undefined): ProxyHop | undefined {
  // ssh takes HOST:PORT in a URI alone
  if (/^[^:]*:\d+$/.test(destination) && !destination.startsWith("ssh://")) return undefined;
  try {
    const [first, ...more] = parseProxyJump(destination);
    return first && more.length === 0 ? { ...(port !== undefined && { port }), ...first } : undefined;
  } catch {
    return undefined;
  }
}
