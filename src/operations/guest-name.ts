import { exitCodes, UserError } from "../errors.ts";

/**
 * Checks the name of a guest that is to be made, which becomes its hostname, the name of its disk and of its definition.
 * Throws UserError (exit 2) for what is no host name (RFC 1123) or reads like a UUID.
 */
export function checkHostname(text: string): string {
  const refuse = (hint: string): never => {
    throw new UserError(`not a name for a guest: ${text === "" ? "(empty)" : text}`, {
      hint,
      exitCode: exitCodes.usage,
    });
  };
  if (text.length > 200) return refuse("at most 200 characters");
  const isHostname = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i.test(text);
  if (!isHostname)
    return refuse("a host name: letters, digits and inner dashes, with dots between parts; for example web1");
  if (/^\d+$/.test(text))
    return refuse("virsh would take digits alone for the number of a running guest: for example web1");
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return refuse("it would be taken for a UUID");
  return text;
}

/** `web` and 3 are `web1`, `web2`, `web3`. */
export function numberedNames(name: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${name}${index + 1}`);
}
