import { failed } from "./failure.ts";

/** Most lines of an answer: 2000 guests with all their XML. Each costs more to keep apart than a node pays to send it. */
const lineLimit = 1_000_000;

/**
 * Throws NodeError where an answer is nothing that libvirt would say.
 * @param on the node
 */
export function refuseText(on: string, text: string): void {
  const refuse = (why: string) => failed("protocol", why, `mclu exec ${on} -- virsh version`);
  // libvirt has none; whoever answers with one shall not have it put into the next command
  if (text.includes("\0")) throw refuse("the answer has NUL characters");
  if (hasMoreLines(text, lineLimit)) throw refuse(`the answer has more than ${lineLimit} lines`);
}

function hasMoreLines(text: string, limit: number): boolean {
  let at = -1;
  for (let lines = 0; lines <= limit; lines++) {
    at = text.indexOf("\n", at + 1);
    if (at < 0) return false;
  }
  return true;
}
