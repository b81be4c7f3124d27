import type { Duplex } from "node:stream";
import type { Algorithms, AnyAuthMethod, AuthHandlerMiddleware, Client, ConnectConfig } from "ssh2";
import { failed, type NodeError } from "../failure.ts";
import { whenOver } from "../when-over.ts";
import type { AuthRefusal, RefusalFacts } from "./auth-refusal.ts";
import { hearNothingBefore } from "./before-verified.ts";
import { keepStream, noteBreach } from "./client.ts";
import { handshakeDeadline } from "./deadlines.ts";
import { watchGreeting } from "./greeting.ts";
import { loadSsh2 } from "./load-ssh2.ts";
import { LoginAttempts } from "./login-attempts.ts";
import { gatherWrites, signAtOnce, skipHostKeyProof } from "./thrift.ts";
import { takeTurns } from "./turns.ts";
import { holdToWindow } from "./window.ts";

export interface HandshakeOptions {
  /** Host and port, for messages. */
  readonly where: string;
  /** What a user types to see the same login happen, for hints. */
  readonly tryWith: string;
  readonly user: string;
  /** Decides on the server's host key; the error it gives is what the caller sees. */
  readonly verify: (keyBlob: Buffer) => NodeError | undefined | Promise<NodeError | undefined>;
  readonly algorithms: Algorithms;
  readonly auth: readonly AnyAuthMethod[];
  /** Why nobody was let in. */
  readonly explain: (facts: RefusalFacts) => Promise<AuthRefusal>;
  readonly signal?: AbortSignal | undefined;
}

/** What a server does that has too many logins under way, or does not like where the connection comes from. */
const closedEarly = "the server closed the connection before the login (MaxStartups?)";

/**
 * SSH over a connected stream: key exchange, host key check, login. Rejects with NodeError. The client keeps an error
 * listener for ever, because ssh2 emits errors long after `ready` and one without a listener ends the process.
 */
export async function handshake(sock: Duplex, options: HandshakeOptions): Promise<Client> {
  const { Client } = await loadSsh2();
  const client = new Client();
  // every channel that is being opened listens for the end, and a connection has as many as are asked for at once
  client.setMaxListeners(0);
  const hint = options.tryWith;
  // ssh2 would wait for a stream that ended while it was loaded
  if (sock.destroyed) throw failed("lost", closedEarly, hint);
  const strangeWords = watchGreeting(sock);
  let refusal: NodeError | undefined;
  let verified: Buffer | undefined;
  let erred = false;
  return new Promise((resolve, reject) => {
    const stopClock = whenOver(handshakeDeadline, () => {
      client.emit("error", Object.assign(new Error("the handshake took too long"), { level: "client-timeout" }));
      sock.destroy();
    });
    const fail = (error: NodeError) => {
      stopClock();
      options.signal?.removeEventListener("abort", onAbort);
      reject(error);
      client.destroy();
    };
    const onAbort = () => fail(failed("lost", "interrupted", "mclu status"));
    options.signal?.addEventListener("abort", onAbort, { once: true });
    if (options.signal?.aborted) return onAbort();
    const login = new LoginAttempts(options);
    const onError = async (error: Ssh2Error) =>
      fail(
        refusal ??
          noSsh(strangeWords(), options, error) ??
          (await login.refusal(error)) ??
          handshakeError(error, sock, options),
      );
    client
      // a server may say it again and again
      .once("ready", () => {
        // a login that is let in before that is no login
        if (!verified) return fail(failed("protocol", "the server let us in before its key was verified", hint));
        stopClock();
        options.signal?.removeEventListener("abort", onAbort);
        keepStream(client, sock);
        resolve(client);
      })
      .on("error", (error: Ssh2Error) => {
        // ssh2 goes on to the next key by itself
        if (error.level === "agent") return login.noteAgent();
        erred = true;
        if (isBreach(error, sock)) noteBreach(client, { detail: breach(error), hint });
        onError(error);
      })
      // some servers just hang up: no error, only an end
      .on("close", () => {
        if (!erred) fail(refusal ?? failed("lost", closedEarly, hint));
      });
    const config: ConnectConfig = {
      sock,
      username: options.user,
      // ssh2's own would come before what the server said while this process stood still
      readyTimeout: 0,
      keepaliveInterval: 5000,
      keepaliveCountMax: 3,
      agentForward: false,
      algorithms: options.algorithms,
      // ssh2's types lack the `false` that ends the login
      authHandler: login.next as AuthHandlerMiddleware,
      hostVerifier: (key: Buffer, done: (ok: boolean) => void) => {
        // When keys are exchanged anew the answer must be there at once: what the server goes on to say meanwhile, and
        // what we say to that, ssh2 (1.17) would encrypt with keys that do not hold yet.
        if (verified?.equals(key)) return true;
        Promise.resolve(options.verify(key)).then(
          (error) => {
            refusal = error;
            if (error === undefined) verified = Buffer.from(key);
            done(error === undefined);
          },
          (error: unknown) => {
            refusal = failed("protocol", String(error), hint, error);
            done(false);
          },
        );
        return undefined;
      },
    };
    gatherWrites(sock);
    takeTurns(sock);
    client.connect(config);
    hearNothingBefore(client, () => verified !== undefined);
    skipHostKeyProof(client);
    signAtOnce(client);
    holdToWindow(client);
  });
}

/** A port where something else than sshd answers, or an sshd that says in plain words why it will not (MaxStartups). */
function noSsh(words: string | undefined, { where, tryWith }: HandshakeOptions, cause: Error): NodeError | undefined {
  if (words === undefined) return undefined;
  return failed("protocol", `no SSH greeting from ${where}, but "${words}"`, tryWith, cause);
}

type Ssh2Error = NodeJS.ErrnoException & { level?: string };

function handshakeError(error: Ssh2Error, sock: Duplex, { tryWith }: HandshakeOptions): NodeError {
  switch (error.level) {
    case "client-timeout":
      return failed("slow", `no SSH handshake within ${handshakeDeadline} s, or a frozen connection`, tryWith, error);
    case "handshake":
      return failed("protocol", error.message, tryWith, error);
    default:
      if (isBreach(error, sock)) return failed("protocol", breach(error), tryWith, error);
      return failed("lost", isClosed(error, sock) ? closedEarly : error.message, tryWith, error);
  }
}

/**
 * Whether ssh2 could not read what has arrived: a wrong MAC, a length or padding that cannot be. It says the same where a
 * connection ends early, which the stream knows by then; the number of a SSH_MSG_DISCONNECT is the server's own word.
 */
function isBreach(error: Ssh2Error, sock: Duplex): boolean {
  if (error.level !== undefined && error.level !== "protocol") return false;
  return typeof error.code !== "number" && !sock.destroyed && !isClosed(error, sock);
}

function breach({ message }: Error): string {
  return `what arrives is no SSH, or was damaged on the way: ${message}`;
}

/** Whether it shows as an end, a reset or a failed write is a matter of chance. */
function isClosed(error: NodeJS.ErrnoException, sock: Duplex): boolean {
  return sock.readableEnded || error.code === "EPIPE" || error.code === "ECONNRESET";
}
