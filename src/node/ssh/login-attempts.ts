import type { AnyAuthMethod } from "ssh2";
import { NodeError } from "../failure.ts";
import type { HandshakeOptions } from "./handshake.ts";

/** A login that was refused. */
export class LoginRefused extends NodeError {
  /** The ways to log in that the host would still take; undefined: it did not say. */
  readonly accepts: readonly string[] | undefined;

  constructor(
    refusal: { readonly detail: string; readonly hint: string },
    accepts: LoginRefused["accepts"],
    cause: Error,
  ) {
    super({ state: "failed", reason: "auth", ...refusal }, { cause });
    this.accepts = accepts;
  }
}

/** The keys that ssh2 tries one after the other, and what came of it. */
export class LoginAttempts {
  readonly #options: Pick<HandshakeOptions, "auth" | "explain" | "user" | "tryWith">;
  #tried = 0;
  #begun = false;
  #accepts: readonly string[] | undefined;
  #agentFailed = false;

  constructor(options: Pick<HandshakeOptions, "auth" | "explain" | "user" | "tryWith">) {
    this.#options = options;
  }

  /** ssh2's `authHandler`: the next key; false: there is none. */
  readonly next = (accepts: readonly string[] | null): AnyAuthMethod | false => {
    this.#begun = true;
    this.#accepts = accepts ?? undefined;
    return this.#options.auth[this.#tried++] ?? false;
  };

  /** The agent has refused to sign, or was too slow. */
  noteAgent(): void {
    this.#agentFailed = true;
  }

  /** The failure that ssh2's error means where it is about the login; undefined: it is about something else. */
  async refusal(error: Error & { level?: string; code?: unknown }): Promise<NodeError | undefined> {
    // SSH_MSG_DISCONNECT, of which ssh2 gives the number: after the host key it can only be about the login
    const isDisconnect = this.#begun && typeof error.code === "number";
    if (error.level !== "client-authentication" && !isDisconnect) return undefined;
    const { user, tryWith, explain } = this.#options;
    const said = isDisconnect ? error.message : undefined;
    const { why, hint } = await explain({ agentFailed: this.#agentFailed, accepts: this.#accepts, said });
    return new LoginRefused({ detail: `${user} was not let in: ${why}`, hint: hint ?? tryWith }, this.#accepts, error);
  }
}
