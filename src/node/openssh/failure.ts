import { failed, type NodeError } from "../failure.ts";
import { loginCommand, type NodeSettings } from "../settings.ts";
import { quote } from "../shell.ts";
import type { SshSession } from "../ssh/session.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import { endlessKey } from "./endless-file.ts";
import { judgeByRevokedHostKeys, judgeJumpKeys, judgeShownKey } from "./host-key.ts";
import type { Jump } from "./jump-command.ts";
import type { LoginFailure } from "./master.ts";

export interface LoginContext {
  readonly session: SshSession;
  readonly node: NodeSettings;
  readonly ssh: SshSettings;
  /** Why it was ssh that logged in. */
  readonly reason: string;
  /** What the login was given. */
  readonly seconds: number;
  /** Where the host was reached; undefined behind a jump host or a ProxyCommand. */
  readonly address: string | undefined;
  /** The jump hosts on the way, the nearest first. */
  readonly jumps: readonly Jump[];
}

/**
 * Why ssh could not log in. ssh ends with 255 whatever the matter is, so facts decide: whether the host has shown its key,
 * what known_hosts makes of that key, whether time had run out. ssh's own words are only quoted.
 */
export async function explainFailure(failure: LoginFailure, context: LoginContext): Promise<unknown> {
  const { node, ssh, reason, seconds } = context;
  const { said } = failure;
  const hint = loginCommand(node, "-v").trim();
  const late = failure.kind === "deadline";
  switch (failure.kind) {
    case "interrupted":
      return failed("lost", "interrupted", "mclu status");
    case "no-ssh":
      return failed("protocol", `there is no ssh on this machine, needed for: ${reason}`, "set transport = ssh");
    case "deadline":
    case "refused": {
      if (failure.shown.key !== undefined) return keyShown(failure.shown.key, failure, context);
      const refusedJump = await judgeJumpKeys(context.jumps, failure.jumps, context);
      if (refusedJump !== undefined) return refusedJump;
      const endless = late ? await endlessKey(context) : undefined;
      if (endless !== undefined) return endless;
      const silence = `no SSH handshake within ${seconds} s`;
      if (ssh.proxyCommand !== undefined || ssh.proxyJump.length > 0) {
        const via = ssh.proxyJump.map(({ host }) => host).join(", ") || "the ProxyCommand";
        return failed("jump", `no connection through ${via}: ${late ? silence : said || "it ended"}`, hint);
      }
      if (late) return failed("slow", silence, hint);
      return (
        (await judgeByRevokedHostKeys(context)) ??
        failed("protocol", said || "the connection ended before the host showed its key", hint)
      );
    }
  }
}

async function keyShown(shownKey: string, failure: LoginFailure, context: LoginContext): Promise<NodeError> {
  const { session, node, ssh, seconds } = context;
  const refusal = await judgeShownKey(shownKey, failure.shown.commandKeys, context);
  if (refusal !== undefined) return refusal;
  const hint = loginCommand(node, "-v").trim();
  if (failure.kind === "deadline")
    return (await endlessKey(context)) ?? failed("slow", `no login within ${seconds} s`, hint);
  if (failure.wasIn)
    return failed("lost", `the connection ended right after the login${failure.said && `: ${failure.said}`}`, hint);
  const { certificates } = await session.keys.find(ssh, node.identity);
  const [certificate] = certificates;
  const repair =
    certificate === undefined
      ? (await session.explainRefusal(ssh, node.identity)).hint
      : `ssh-keygen -Lf ${quote(certificate)}`;
  return failed("auth", `${ssh.user} was not let in${failure.said && `: ${failure.said}`}`, repair ?? hint);
}
