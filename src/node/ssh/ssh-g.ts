import type { LocalMachine } from "./local-machine.ts";
import { parseProxyJump } from "./proxy-jump.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { expandPath, expandTokens, proxyTokens, type TokenContext } from "./tokens.ts";

/** `ssh -G`'s answer: keywords in lower case, each with its values in order. */
export type SshKeywords = ReadonlyMap<string, readonly string[]>;

/** Reads the `keyword value` lines of `ssh -G`. */
export function parseSshG(text: string): SshKeywords {
  const keywords = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const space = line.indexOf(" ");
    const keyword = (space < 0 ? line : line.slice(0, space)).trim().toLowerCase();
    if (keyword === "") continue;
    const values = keywords.get(keyword) ?? [];
    values.push(space < 0 ? "" : line.slice(space + 1).trim());
    keywords.set(keyword, values);
  }
  return keywords;
}

/**
 * The settings in `ssh -G`'s answer for a host.
 * OpenSSH 9.2 leaves `~`, variables and tokens in IdentityFile, CertificateFile, RevokedHostKeys, ProxyCommand and
 * ProxyJump (and `~` in GlobalKnownHostsFile); UserKnownHostsFile and IdentityAgent it has replaced already.
 * @throws Error for a token, variable or jump host that OpenSSH would refuse
 */
export function settingsFrom(keywords: SshKeywords, host: string, local: LocalMachine): SshSettings {
  const one = (keyword: string) => keywords.get(keyword)?.[0];
  const unlessNone = (keyword: string) => (isNone(one(keyword)) ? undefined : one(keyword));
  const context = tokenContext(keywords, host, local);
  const paths = (keyword: string) =>
    (keywords.get(keyword) ?? []).filter((path) => !isNone(path)).map((path) => expandPath(path, context));
  const proxyCommand = unlessNone("proxycommand");
  const agent = agentSocket(one("identityagent"), local);
  return {
    host,
    hostname: context.hostname,
    user: context.user,
    port: context.port,
    addressFamily: addressFamily(one("addressfamily")),
    ...defined("bindAddress", unlessNone("bindaddress")),
    ...defined("bindInterface", unlessNone("bindinterface")),
    // 0 is no limit of ssh's, and a limit there is here
    ...defined("connectTimeout", seconds(one("connecttimeout")) || undefined),
    serverAliveInterval: seconds(one("serveraliveinterval")) ?? 0,
    identityFiles: paths("identityfile"),
    identitiesOnly: isOn(one("identitiesonly")),
    ...defined("identityAgent", agent),
    certificateFiles: paths("certificatefile"),
    ...defined("pkcs11Provider", unlessNone("pkcs11provider")),
    pubkeyAuthentication: one("pubkeyauthentication") !== "no" && one("pubkeyauthentication") !== "false",
    gssapiAuthentication: isOn(one("gssapiauthentication")),
    ...defined("hostbasedAuthentication", isOn(one("hostbasedauthentication")) || undefined),
    pubkeyAcceptedAlgorithms: list(one("pubkeyacceptedalgorithms") ?? one("pubkeyacceptedkeytypes")),
    proxyJump: parseProxyJump(expandTokens(one("proxyjump") ?? "", proxyTokens(context))),
    ...defined("proxyCommand", proxyCommand && expandTokens(proxyCommand, proxyTokens(context))),
    proxyUseFdpass: isOn(one("proxyusefdpass")),
    userKnownHostsFiles: splitPaths(one("userknownhostsfile")),
    globalKnownHostsFiles: splitPaths(one("globalknownhostsfile")).map((path) =>
      path.startsWith("~") ? expandPath(path, context) : path,
    ),
    ...defined("knownHostsCommand", unlessNone("knownhostscommand")),
    revokedHostKeys: (keywords.get("revokedhostkeys") ?? [])
      .flatMap(splitPaths)
      .map((path) => expandPath(path, context)),
    strictHostKeyChecking: strictness(one("stricthostkeychecking")),
    ...defined("hostKeyAlias", context.hostKeyAlias),
    checkHostIp: isOn(one("checkhostip")),
    hashKnownHosts: isOn(one("hashknownhosts")),
    hostKeyAlgorithms: list(one("hostkeyalgorithms")),
    kexAlgorithms: list(one("kexalgorithms")),
    ciphers: list(one("ciphers")),
    macs: list(one("macs")),
  };
}

function tokenContext(keywords: SshKeywords, host: string, local: LocalMachine): TokenContext {
  const one = (keyword: string) => keywords.get(keyword)?.[0];
  const alias = one("hostkeyalias");
  return {
    local,
    original: host,
    hostname: one("hostname") ?? host,
    port: portOf(one("port") ?? "22"),
    user: one("user") ?? local.user,
    hostKeyAlias: alias?.toLowerCase(),
    jumpHost: parseProxyJump(one("proxyjump") ?? "").at(-1)?.host,
  };
}

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new Error(`not a port: ${text}`);
  return port;
}

/** The agent's socket: IdentityAgent, else SSH_AUTH_SOCK. */
function agentSocket(identityAgent: string | undefined, { env }: LocalMachine): string | undefined {
  if (isNone(identityAgent)) return undefined;
  if (identityAgent === undefined || identityAgent === "SSH_AUTH_SOCK") return env["SSH_AUTH_SOCK"] || undefined;
  const [, variable] = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(identityAgent) ?? [];
  return variable === undefined ? identityAgent : env[variable] || undefined;
}

/**
 * `ssh -G` separates the paths of one keyword with spaces and quotes none, so that a space inside a path looks the same:
 * a piece that does not begin a path continues the absolute one before it.
 */
export function splitPaths(text = ""): string[] {
  const paths: string[][] = [];
  for (const piece of text.split(" ").filter((piece) => piece !== "")) {
    const previous = paths.at(-1);
    if (previous?.[0]?.startsWith("/") && !/^[/~]/.test(piece)) previous.push(piece);
    else paths.push([piece]);
  }
  return paths.map((pieces) => pieces.join(" ")).filter((path) => !isNone(path));
}

function strictness(text: string | undefined): SshSettings["strictHostKeyChecking"] {
  switch (text) {
    case "yes":
    case "true":
      return "yes";
    case "accept-new":
      return "accept-new";
    case "no":
    case "off":
    case "false":
      return "no";
    default:
      return "ask";
  }
}

function addressFamily(text: string | undefined): SshSettings["addressFamily"] {
  return text === "inet" || text === "inet6" ? text : "any";
}

const isOn = (text: string | undefined) => text === "yes" || text === "true";
const isNone = (text: string | undefined) => text?.toLowerCase() === "none";
const list = (text = "") => text.split(",").filter((item) => item !== "");
const seconds = (text: string | undefined) =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : undefined;

function defined<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
