import type { NodeSettings } from "../settings.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** Seconds until a node that was not asked for by name counts as off; one lost SYN (retried after 1 s) survives. */
const briefConnect = 1.2;
const patientConnect = 3;

/** Seconds for key exchange and login together. */
export const handshakeDeadline = 8;

/** Seconds an agent may take to sign, its user's consent included; within the handshake, so that it is known who was slow. */
export const agentDeadline = 6;

/** Seconds until a host that does not answer counts as off. `patient`: it was named, or lies behind a jump host. */
export function connectDeadline(node: NodeSettings, ssh: SshSettings, patient: boolean): number {
  return node.connectTimeout ?? ssh.connectTimeout ?? (patient ? patientConnect : briefConnect);
}
