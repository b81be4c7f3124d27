import { badValue } from "../values.ts";

/** Where a cloud image comes from. */
export type Source =
  | { readonly kind: "url"; readonly url: string; readonly safe: boolean }
  | { readonly kind: "path"; readonly path: string };

export interface Checksum {
  readonly algorithm: "sha256" | "sha512";
  /** Hex digits, lower case. */
  readonly digest: string;
}

/**
 * An http or https URL, or an absolute path on the node. `safe` says whether nobody on the way can change what comes.
 * Throws UserError (exit 2).
 */
export function readSource(text: string): Source {
  if (/[\s\p{C}]/u.test(text)) throw badValue(text, "a source", "it has a blank or a control character");
  if (text.startsWith("/")) return { kind: "path", path: text };
  const [, scheme] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text) ?? [];
  if (scheme === undefined)
    throw badValue(text, "a source", "expected https://... or a path on the node, which begins with /");
  if (!/^https?$/i.test(scheme)) throw badValue(text, "a source", `nodes fetch by https or http, not by ${scheme}`);
  // a URL without a host is read as one with the first part of its path
  const url = URL.canParse(text) && !/^[^/]*\/{3}/.test(text) ? new URL(text) : undefined;
  if (!url) throw badValue(text, "a source", "expected https://HOST/PATH");
  if (url.username !== "" || url.password !== "")
    throw badValue(`${scheme}://...@${url.host}`, "a source", "a login in a URL would be seen in the node's processes");
  return { kind: "url", url: text, safe: url.protocol === "https:" };
}

const lengths = { sha256: 64, sha512: 128 } as const;

/** `sha256:HEX` or `sha512:HEX`. Throws UserError (exit 2). */
export function readChecksum(text: string): Checksum {
  const [, algorithm, digest = ""] = /^(sha256|sha512):(.*)$/.exec(text) ?? [];
  if (algorithm !== "sha256" && algorithm !== "sha512") {
    const bare = Object.entries(lengths).find(([, length]) => /^[0-9a-f]+$/i.test(text) && text.length === length);
    throw badValue(
      text,
      "a checksum",
      bare ? `write ${bare[0]}:${text}` : "expected sha256: or sha512: and hex digits",
    );
  }
  if (!/^[0-9a-f]*$/i.test(digest)) throw badValue(text, "a checksum", "expected hex digits");
  if (digest.length !== lengths[algorithm])
    throw badValue(
      text,
      "a checksum",
      `${algorithm} has ${lengths[algorithm]} hex digits, and here are ${digest.length}`,
    );
  return { algorithm, digest: digest.toLowerCase() };
}
