import { wholeNumber } from "../../libvirt/number.ts";
import { failed } from "../failure.ts";
import type { AskOptions, Node } from "../node.ts";
import { refusePlanted } from "./planted.ts";
import { jobQuery } from "./read.ts";
import { readShell } from "./read-shell.ts";

/** How far the upload of a job came whose connection was lost. */
export type UploadState =
  /** It is whole, and the job was started. */
  | { readonly kind: "started" }
  /** Not even its directory was made. */
  | { readonly kind: "none" }
  /** Somebody cancelled the job. */
  | { readonly kind: "ended" }
  /** So many bytes arrived, and nobody receives more. */
  | { readonly kind: "cut"; readonly bytes: number };

/** Looks how far an upload came, and ends what may still receive it. Rejects with NodeError. */
export async function endUpload(node: Node, id: string, options: AskOptions = {}): Promise<UploadState> {
  const script = `${readShell}mclu_open jobs look || { echo none; exit 0; }
job=$mclu_dir/${id}
mclu_ours "$job" || { echo none; exit 0; }
mclu_end_upload "$job"
if [ -e "$job/end" ]; then echo ended
elif [ -e "$job/started" ]; then echo started
else echo "cut $(stat -c %s "$job/blob" 2>/dev/null || echo 0)"; fi`;
  const answer = await node.ask(jobQuery(script), { patient: true, ...options });
  refusePlanted(node, answer);
  const [word, count] = answer.trim().split(" ");
  const bytes = wholeNumber(count);
  if (word === "started" || word === "none" || word === "ended") return { kind: word };
  if (word === "cut" && bytes !== null) return { kind: word, bytes };
  throw failed("protocol", `the answer makes no sense: ${answer.slice(0, 80)}`, `mclu jobs show ${id}`);
}
