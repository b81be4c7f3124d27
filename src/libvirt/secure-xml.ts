import { type Query, type Step, UnexpectedOutput } from "./query.ts";

/**
 * What a guest will be at its next start, with the secrets that are in it: for a definition that is made from it, and for
 * nothing that is shown or kept.
 */
export function secureXmlQuery(uuid: string): Query<string> {
  const step: Step = { virsh: [["dumpxml", uuid, "--inactive", "--security-info"]], access: "write" };
  return {
    steps: [step],
    parse([answer]) {
      const text = answer?.texts[0] ?? "";
      if (answer?.code !== 0 || text.trim() === "") throw new UnexpectedOutput("virsh dumpxml", "a failure");
      return text;
    },
  };
}
