import { connect } from "node:net";
import { whenOver } from "../when-over.ts";
import { keyTypeOf } from "./key-blob.ts";

export interface AgentKey {
  readonly keyType: string;
  /** The public key blob, or a certificate. */
  readonly key: Buffer;
  readonly comment: string;
}

const requestIdentities = 11;
const identitiesAnswer = 12;
const longestAnswer = 256 * 1024;

/**
 * The keys an agent holds, in its order (draft-ietf-sshm-ssh-agent, 3.5). Asked here rather than through ssh2, which
 * hides FIDO keys and certificates. An agent that is not there, refuses or has not answered in time holds none.
 * @param socketPath Unix socket
 * @param patience seconds for the whole answer
 */
export function listAgentKeys(socketPath: string, patience = 2): Promise<AgentKey[]> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect(socketPath);
    const finish = (keys: AgentKey[]) => {
      stopClock();
      socket.destroy();
      resolve(keys);
    };
    // not the socket's own clock, which one byte now and then starts anew
    const stopClock = whenOver(patience, () => finish([]));
    socket.on("error", () => finish([]));
    socket.on("close", () => finish([]));
    socket.on("connect", () => socket.write(Buffer.from([0, 0, 0, 1, requestIdentities])));
    socket.on("data", (chunk: Buffer) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < 4) return;
      const length = answer.readUInt32BE(0);
      if (length > longestAnswer) finish([]);
      else if (answer.length >= 4 + length) finish(parseIdentities(answer.subarray(4, 4 + length)));
    });
  });
}

/** Reads SSH_AGENT_IDENTITIES_ANSWER; anything else, or one cut short, is no keys. */
export function parseIdentities(message: Buffer): AgentKey[] {
  if (message[0] !== identitiesAnswer) return [];
  let at = 5;
  const next = () => {
    const length = message.readUInt32BE(at);
    if (at + 4 + length > message.length) throw new RangeError("cut short");
    at += 4 + length;
    return message.subarray(at - length, at);
  };
  try {
    return Array.from({ length: Math.min(message.readUInt32BE(1), 2048) }, () => {
      const key = next();
      return { keyType: keyTypeOf(key) ?? "", key, comment: next().toString("utf8") };
    });
  } catch (error) {
    if (error instanceof RangeError) return [];
    throw error;
  }
}
