import { nextTick } from "node:process";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";

/** What ssh2 (1.17) has inside and shows to nobody. */
interface Inside {
  readonly _protocol?: Protocol;
}

interface Protocol {
  readonly _handlers?: Record<string, unknown>;
  authPK?: unknown;
  readonly _packetRW?: { readonly write?: PacketWriter };
  readonly _cipher?: { encrypt?(packet: unknown): void };
  /** While keys are exchanged. */
  readonly _kexinit?: unknown;
}

interface PacketWriter {
  readonly allocStart?: number;
  alloc?(size: number): Uint8Array;
  finalize?(packet: Uint8Array): unknown;
}

/** RFC 4253, 11.2: SSH_MSG_IGNORE with an empty string, which everybody understands at any time. */
const ignored = [2, 0, 0, 0, 0];

/**
 * Leaves out what ssh2 does after every login for nobody: it has the server sign with each of its host keys
 * (hostkeys-prove-00@openssh.com), and verifies that. A client whose inside looks otherwise stays as it is.
 *
 * Something goes out all the same. sshd names its host keys while we ask for a channel, and its kernel holds back the answer
 * to that until ours has acknowledged the keys (Nagle's algorithm); which ours does 40 ms later, or with what is sent.
 */
export function skipHostKeyProof(client: Client): void {
  const protocol = (client as Inside)._protocol;
  const handlers = protocol?._handlers;
  const answer = handlers?.["GLOBAL_REQUEST"];
  if (!handlers || typeof answer !== "function") return;
  handlers["GLOBAL_REQUEST"] = (...request: readonly unknown[]) => {
    const [, name, wantsReply] = request;
    if (name !== "hostkeys-00@openssh.com" || wantsReply === true) answer(...request);
    else sendIgnored(protocol);
  };
}

function sendIgnored({ _packetRW, _cipher, _kexinit }: Protocol): void {
  const writer = _packetRW?.write;
  const packet = _kexinit === undefined ? writer?.alloc?.(ignored.length) : undefined;
  if (!packet || writer?.allocStart === undefined) return;
  packet.set(ignored, writer.allocStart);
  _cipher?.encrypt?.(writer.finalize?.(packet));
}

/**
 * Has keys that are here sign at once. ssh2 first asks whether the server would take a key, as one has to whose owner is
 * asked or whose agent is slow; that is a round trip, and the server looks its authorized_keys up twice. A client whose
 * inside looks otherwise stays as it is.
 */
export function signAtOnce(client: Client): void {
  const protocol = (client as Inside)._protocol;
  const ask = protocol?.authPK;
  const taken = protocol?._handlers?.["USERAUTH_PK_OK"];
  if (!protocol || typeof ask !== "function" || typeof taken !== "function") return;
  protocol.authPK = (...given: readonly unknown[]) => {
    const [, key, , sign] = given;
    // an agent's keys are public ones
    if (sign === undefined && isPrivate(key)) taken(protocol);
    else Reflect.apply(ask, protocol, given);
  };
}

function isPrivate(key: unknown): boolean {
  const parsed = key as { readonly isPrivateKey?: () => boolean } | undefined;
  return parsed?.isPrivateKey?.() === true;
}

/** Sends what is written in one go as one piece: ssh2 writes each of its messages by itself, and each costs a system call. */
export function gatherWrites(stream: Duplex): void {
  const write = stream.write;
  let gathering = false;
  const flush = () => {
    gathering = false;
    stream.uncork();
  };
  stream.write = (...written: readonly unknown[]) => {
    if (!gathering) {
      gathering = true;
      stream.cork();
      nextTick(flush);
    }
    return Reflect.apply(write, stream, written) as boolean;
  };
}
