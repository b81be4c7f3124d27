import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { failed, NodeError, reasonOf } from "../failure.ts";
import { loginCommand, type NodeSettings } from "../settings.ts";
import type { ConnectOptions } from "../transport.ts";
import { connectDeadline } from "./deadlines.ts";
import { dialHost } from "./dial.ts";
import { type HandshakeOptions, handshake } from "./handshake.ts";
import { type HostKeyPolicy, judgeHostKey, judgeKey, type SeenHostKey, toHostKey } from "./host-key-policy.ts";
import { refuseCircle } from "./jump-circle.ts";
import { jumpFailed } from "./jump-failed.ts";
import { lookup } from "./known-hosts.ts";
import { loadSsh2 } from "./load-ssh2.ts";
import { runProxyCommand } from "./proxy-command.ts";
import type { ProxyHop } from "./proxy-jump.ts";
import type { SshSession } from "./session.ts";
import type { SshSettings } from "./ssh-settings.ts";
import { ssh2Algorithms } from "./ssh2-algorithms.ts";
import { openThrough } from "./through.ts";

/** Bytes to an sshd, and why there are none any more where a ProxyCommand made them. */
interface Connected {
  readonly stream: Duplex;
  readonly complaint?: () => Promise<string | undefined>;
}

/** The way to one node, through whatever lies between. */
export class SshConnection {
  readonly #session: SshSession;
  readonly #node: NodeSettings;
  readonly #options: ConnectOptions;

  constructor(session: SshSession, node: NodeSettings, options: ConnectOptions) {
    this.#session = session;
    this.#node = node;
    this.#options = options;
  }

  /** Connects and logs in. */
  async open(ssh: SshSettings): Promise<Client> {
    // asking for a passphrase takes as long as it takes: no connection waits for it
    await this.#session.unlockKeys(ssh, this.#node.identity);
    const connecting = this.#connect(ssh);
    // ssh2 takes 20 ms to load, in which nothing else happens here: the connections of all nodes are on their way by then,
    // and their sshds start meanwhile
    setImmediate(() => loadSsh2().catch(() => undefined));
    return this.#login(ssh, await connecting);
  }

  /** Connects and looks at the host key; no login is tried. */
  async see(ssh: SshSettings): Promise<SeenHostKey> {
    const connected = await this.#connect(ssh);
    const policy = await this.#policy(ssh, connected.stream);
    let seen: Buffer | undefined;
    const verdictOf = (key: Buffer) => {
      seen = key;
      return failed("host-key-unknown", "only looked at", "mclu trust");
    };
    try {
      await this.#handshake(ssh, connected, policy, verdictOf, []);
    } catch (error) {
      if (!seen) throw error;
    }
    if (!seen) throw new Error("a login without a host key");
    return { hostKey: toHostKey(this.#node.name, seen, policy), verdict: await judgeKey(seen, policy) };
  }

  /** A TCP connection, a ProxyCommand, or a channel of the jump host. */
  async #connect(ssh: SshSettings): Promise<Connected> {
    if (ssh.proxyCommand !== undefined) return runProxyCommand(ssh.proxyCommand, this.#session.env);
    const jump = ssh.proxyJump.at(-1);
    if (jump === undefined) return this.#dial(ssh, this.#deadline(ssh, false));
    await refuseCircle(this.#session, ssh.proxyJump);
    return this.#through(await this.#jump(ssh.proxyJump), ssh, jump);
  }

  async #dial(ssh: SshSettings, deadline: number): Promise<Connected> {
    return { stream: await dialHost(ssh, { node: this.#node.name, deadline }, this.#options.signal) };
  }

  #deadline(ssh: SshSettings, jumping: boolean): number {
    return connectDeadline(this.#node, ssh, this.#options.patient || jumping);
  }

  /** The last of the jump hosts, connected and logged in; nodes behind the same hosts share it. */
  #jump(hops: readonly ProxyHop[]): Promise<Client> {
    const key = JSON.stringify(hops);
    return this.#session.jump(key, async () => {
      const hop = hops.at(-1);
      if (!hop) throw new Error("a jump needs a host");
      try {
        const own = await this.#session.resolve(hop.host, hop);
        const before = hops.slice(0, -1);
        const previous = before.at(-1);
        // as in OpenSSH, only the first hop's own ProxyCommand and ProxyJump hold
        if (!previous && (own.proxyCommand !== undefined || own.proxyJump.length > 0)) return await this.open(own);
        await this.#session.unlockKeys(own, this.#node.identity);
        if (previous) return await this.#login(own, await this.#through(await this.#jump(before), own, previous));
        return await this.#login(own, await this.#dial(own, this.#deadline(own, true)));
      } catch (error) {
        throw jumpFailed(error, hop);
      }
    });
  }

  async #through(client: Client, ssh: SshSettings, hop: ProxyHop): Promise<Connected> {
    const { hostname: host, port } = ssh;
    const login = loginCommand({ ...hop, transport: "ssh" });
    const target = {
      via: hop.host,
      login,
      host,
      port,
      deadline: this.#deadline(ssh, true),
      signal: this.#options.signal,
    };
    return { stream: await openThrough(client, target) };
  }

  async #policy(ssh: SshSettings, stream: Duplex): Promise<HostKeyPolicy> {
    const files = await this.#session.knownHosts([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
    const address = stream instanceof Socket ? stream.remoteAddress : undefined;
    const target = {
      host: ssh.hostname,
      port: ssh.port,
      hostKeyAlias: ssh.hostKeyAlias,
      address: ssh.checkHostIp ? address : undefined,
    };
    return { settings: ssh, target, files, address, remember: this.#session.remember };
  }

  async #login(ssh: SshSettings, connected: Connected): Promise<Client> {
    const { name, identity } = this.#node;
    try {
      const policy = await this.#policy(ssh, connected.stream);
      const auth = await this.#session.authMethods(ssh, identity);
      return await this.#handshake(ssh, connected, policy, (key) => judgeHostKey(name, key, policy), auth);
    } catch (error) {
      // also where a file could not be read before the handshake: the run would last until the server gives up
      connected.stream.destroy();
      throw error;
    }
  }

  async #handshake(
    ssh: SshSettings,
    { stream, complaint }: Connected,
    { files, target }: HostKeyPolicy,
    verifyKey: HandshakeOptions["verify"],
    auth: HandshakeOptions["auth"],
  ): Promise<Client> {
    try {
      return await handshake(stream, {
        where: `${ssh.hostname} port ${ssh.port}`,
        tryWith: loginCommand({ ...ssh, transport: "ssh" }, "-v").trim(),
        user: ssh.user,
        verify: verifyKey,
        algorithms: ssh2Algorithms(this.#node.name, ssh, lookup(files, target)),
        auth,
        explain: (facts) => this.#session.explainRefusal(ssh, this.#node.identity, facts),
        signal: this.#options.signal,
      });
    } catch (error) {
      stream.destroy();
      const isLost = error instanceof NodeError && reasonOf(error) === "lost";
      const said = isLost ? await complaint?.() : undefined;
      if (said !== undefined)
        throw failed(
          "jump",
          `ProxyCommand ended: ${said}`,
          loginCommand({ ...ssh, transport: "ssh" }, "-v").trim(),
          error,
        );
      throw error;
    }
  }
}
