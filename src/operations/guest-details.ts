import type { DomainDetails } from "../libvirt/domain-details.ts";
import { UnexpectedOutput } from "../libvirt/query.ts";

/** A guest's XML, read; or what is wrong with it. */
export type ReadDetails =
  | { readonly details: DomainDetails; readonly problem: null }
  | { readonly details: null; readonly problem: string };

/** Reads a guest's XML. The parser is loaded here, by the first that needs it: it costs 18 ms. */
export async function readDetails(xml: string | null): Promise<ReadDetails> {
  if (xml === null) return { details: null, problem: "libvirt gave no XML: the guest may be gone" };
  const { parseDomain } = await import("../libvirt/domain-xml.ts");
  try {
    return { details: parseDomain(xml), problem: null };
  } catch (error) {
    if (!(error instanceof UnexpectedOutput)) throw error;
    return { details: null, problem: `its XML cannot be read: ${error.message}` };
  }
}
