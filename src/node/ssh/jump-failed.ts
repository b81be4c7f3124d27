import { failed, NodeError, reasonOf } from "../failure.ts";
import { loginCommand } from "../settings.ts";
import { UnknownHostKeyError } from "./host-key-policy.ts";
import type { ProxyHop } from "./proxy-jump.ts";

/** What the failure of a jump host is for the nodes behind it; an unknown key stays one, so that the user can be asked. */
export function jumpFailed(error: unknown, hop: ProxyHop): unknown {
  if (!(error instanceof NodeError) || error instanceof UnknownHostKeyError) return error;
  if (reasonOf(error) === "jump") return error;
  const { silence } = error;
  const what = silence.state === "off" ? "off" : silence.reason;
  const hint = silence.state === "off" ? `${loginCommand({ ...hop, transport: "ssh" })}true` : silence.hint;
  return failed("jump", `jump host ${hop.host}: ${what}: ${silence.detail}`, hint, error);
}
