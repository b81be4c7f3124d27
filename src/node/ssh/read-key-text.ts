import { readBytes } from "../../read-bytes.ts";

/** Seconds for a pipe that somebody writes a key into. */
const patience = 20;

/** The text of a key file. Rejects as `readBytes` does: a pipe that nobody writes into holds nobody up. */
export async function readKeyText(path: string, encoding: "latin1" | "utf8" = "latin1"): Promise<string> {
  return (await readBytes(path, { patience })).toString(encoding);
}
