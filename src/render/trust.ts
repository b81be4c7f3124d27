import type { CertifiedKey, TrustReport, TrustRow } from "../operations/trust.ts";
import { clean } from "./clean.ts";
import { renderHint } from "./hint.ts";
import type { Listing } from "./output.ts";
import type { Style } from "./style.ts";

type KeyRow = Extract<TrustRow, { readonly fingerprint: string }>;

function isKeyRow(row: TrustRow): row is KeyRow {
  return "fingerprint" in row;
}

/** The host keys that were seen; nodes that showed none are on stderr. */
export function trustListing(report: TrustReport): Listing<KeyRow> {
  return {
    kind: "trust",
    report,
    rows: report.nodes.filter(isKeyRow),
    columns: [
      { name: "node", value: (row) => row.node },
      { name: "host", value: (row) => row.host },
      { name: "address", value: (row) => row.address, wide: true },
      { name: "type", value: (row) => row.keyType },
      { name: "fingerprint", value: (row) => row.fingerprint },
      { name: "trust", value: (row) => row.state, color: colorOf },
    ],
    name: (row) => row.node,
  };
}

function colorOf({ state }: KeyRow, style: Style) {
  if (state === "known" || state === "added") return style.on;
  return state === "not-added" ? style.warn : style.failed;
}

/** For stderr: what keeps a node from being trusted, and what to type. */
export function renderTrustProblems({ nodes }: TrustReport, style: Style): string {
  return nodes.map((row) => renderProblem(row, style)).join("");
}

function renderProblem(row: TrustRow, style: Style): string {
  const name = clean(row.node);
  switch (row.state) {
    case "known":
      return row.certified ? renderCertified(name, row.certified) : "";
    case "added":
      return "";
    case "not-added":
      return `${name}: ${style.warn("not trusted")}; compare the fingerprint with what the host itself says\n  try: mclu trust ${name} --fingerprint ${clean(row.fingerprint)}\n`;
    case "changed":
      return `${name}: ${style.failed("known_hosts has another key")}: somebody may be in between, or the host was installed anew\n  once you know which: ${clean(row.hint)}\n`;
    case "revoked":
      return `${name}: ${style.failed("this key is revoked")}\n  see: ${clean(row.hint)}\n`;
    case "off":
      return `${name}: ${style.off("off")}: ${clean(row.detail)}\n`;
    case "failed":
      return `${name}: ${style.failed(`failed: ${row.reason}`)}: ${clean(row.detail)}\n${renderHint(row.hint)}`;
  }
}

function renderCertified(name: string, { authority, outdated }: CertifiedKey): string {
  const by = `${name}: known by its certificate, of @cert-authority in ${clean(authority)}\n`;
  if (outdated.length === 0) return by;
  return `${by}  ${clean(outdated.join(", "))} has a key that it shows no more, and that counts no more\n`;
}
