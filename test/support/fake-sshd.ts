import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket, type Server as TcpServer } from "node:net";
import ssh2, { type AuthContext, type Connection, type ServerChannel } from "ssh2";
import { onTestFinished } from "vitest";
import { sendMessage } from "./ssh-message.ts";
import { message } from "./ssh-recorder.ts";

export interface KeyPair {
  /** OpenSSH's private key format. */
  readonly private: string;
  /** `ssh-ed25519 AAAA...` */
  readonly public: string;
}

/** @param passphrase encrypts the private part */
export function makeKey(passphrase?: string): KeyPair {
  for (;;) {
    const key = generate(passphrase);
    // ssh2 1.17 now and then generates a key that it cannot read
    if (!(ssh2.utils.parseKey(key.private, passphrase) instanceof Error)) return key;
  }
}

function generate(passphrase: string | undefined): KeyPair {
  if (passphrase === undefined) return ssh2.utils.generateKeyPairSync("ed25519");
  // fewer rounds than OpenSSH's 16: the strength of a test's key is nothing to wait for
  return ssh2.utils.generateKeyPairSync("ed25519", { passphrase, cipher: "aes256-cbc", rounds: 2 });
}

export interface FakeSshdOptions {
  /** Default: a new one. */
  readonly hostKey?: KeyPair;
  /** Whose login succeeds: public keys as in authorized_keys. Default: nobody's. */
  readonly authorized?: readonly string[];
  /** Default: the command really runs, under `sh -c` in a process group of its own, as sshd has it. */
  readonly onExec?: (channel: ServerChannel, command: string) => void;
  /** Refuses every command's channel request, as MaxSessions 0 does: "channel", or the request to run it: "exec". */
  readonly refuse?: "channel" | "exec";
  /** How many channel requests it refuses before it lets one through, as one that is still closing another does. */
  readonly refuseFirst?: number;
  /** Never answers the request to run a command. */
  readonly ignoreExec?: boolean;
  /** Lets `ssh -W` and ProxyJump through, or says after so many milliseconds that it cannot connect. Default true. */
  readonly forward?: boolean | number;
  /** What it says, and does, in place of an answer to a request to log in. */
  readonly onLogin?: (connection: Connection, attempt: AuthContext) => void;
  /** What it accepts as soon as keys are agreed on, encrypted and in one piece with that, though nobody has asked yet. */
  readonly hasty?: "service" | "login";
  /** Whether it keeps the rules of strict key exchange, as servers since December 2023 do. Default true. */
  readonly strict?: boolean;
}

export interface LoginAttempt {
  readonly method: string;
  readonly user: string;
}

export interface FakeSshd {
  readonly port: number;
  /** The host key's line in known_hosts, without the name. */
  readonly hostKey: string;
  /** What clients did, in order. */
  readonly seen: {
    connections: number;
    /** Requests to log in, whatever became of them: none before the client trusts the host key. */
    readonly logins: LoginAttempt[];
    readonly commands: string[];
    readonly forwards: string[];
    /** How often a client wanted its agent to be reached from here. */
    agentForwards: number;
    /** What was agreed on for the client's packets, for each exchange of keys. */
    readonly ciphers: string[];
  };
  /** How many connections are open now. */
  open(): number;
  /** Cuts every connection, as a switch that loses power does not: with a FIN. */
  cut(): void;
}

/** A node's sshd in this process, on a port of 127.0.0.1. It goes away with the test. */
export async function startSshd(options: FakeSshdOptions = {}): Promise<FakeSshd> {
  const { hostKey = makeKey() } = options;
  const seen: FakeSshd["seen"] = {
    ...{ connections: 0, logins: [], commands: [] },
    ...{ forwards: [], agentForwards: 0, ciphers: [] },
  };
  const server = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection) => {
    seen.connections++;
    connection.on("error", () => undefined);
    if (options.strict === false) forgetStrictness(connection);
    if (options.hasty) makeHasty(connection, options.hasty);
    connection.on("handshake", ({ cs }) => void seen.ciphers.push(cs.cipher));
    connection.on("authentication", (attempt) => {
      seen.logins.push({ method: attempt.method, user: attempt.username });
      if (options.onLogin) return options.onLogin(connection, attempt);
      if (isAuthorized(attempt, options.authorized ?? [])) attempt.accept();
      else attempt.reject(["publickey"]);
    });
    connection.on("ready", () => serve(connection, options, seen));
  });
  const sockets = await listen(server as unknown as TcpServer);
  return {
    port: sockets.port,
    hostKey: hostKey.public.split(" ").slice(0, 2).join(" "),
    seen,
    open: () => sockets.open.size,
    cut: sockets.cut,
  };
}

/** What ssh2 1.17 offers, and by what it goes, before its first message. */
interface KeyExchange {
  _strictMode?: boolean;
  _offer: {
    readonly lists: Record<string, unknown>;
    readonly constructor: new (lists: unknown) => KeyExchange["_offer"];
  };
}

/** Has a server be as one before strict key exchange. */
function forgetStrictness(connection: Connection): void {
  const protocol = (connection as unknown as { readonly _protocol: KeyExchange })._protocol;
  // lists of names are in `array`, on one level or two
  const names = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
    if ("array" in value) return (value.array as string[]).filter((name) => !name.startsWith("kex-strict-"));
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, names(part)]));
  };
  protocol._offer = new protocol._offer.constructor(names(protocol._offer.lists));
  protocol._strictMode = false;
}

/** What ssh2 1.17 exchanges keys by. */
interface Exchange {
  _step: number;
  parse(payload: Buffer): unknown;
  finish(): unknown;
}

/** Has a server change its keys, and go on, before the client says that it has changed its own. */
function makeHasty(connection: Connection, what: "service" | "login"): void {
  const inside = connection as unknown as { readonly _protocol: object; readonly _sock: Socket };
  let exchange: Exchange | undefined;
  Object.defineProperty(inside._protocol, "_kex", {
    get: () => exchange,
    set(begun: Exchange | undefined) {
      exchange = begun;
      if (!begun) return;
      const parse = begun.parse.bind(begun);
      begun.parse = (payload) => {
        inside._sock.cork();
        const result = parse(payload);
        // its half of the keys was sent; the other one is for the client's own
        if (payload[0] === 30) {
          begun.finish();
          sendMessage(connection, message.serviceAccept, "ssh-userauth");
          if (what === "login") sendMessage(connection, message.authSuccess);
        }
        inside._sock.uncork();
        return result;
      };
    },
  });
}

function isAuthorized(attempt: AuthContext, authorized: readonly string[]): boolean {
  if (attempt.method !== "publickey") return false;
  return authorized.some((line) => {
    const key = ssh2.utils.parseKey(line);
    if (key instanceof Error || !key.getPublicSSH().equals(attempt.key.data)) return false;
    // the first request only asks whether the key would do
    if (!attempt.signature || !attempt.blob) return true;
    return key.verify(attempt.blob, attempt.signature, attempt.hashAlgo) === true;
  });
}

function serve(connection: Connection, options: FakeSshdOptions, seen: FakeSshd["seen"]): void {
  let refusals = options.refuseFirst ?? 0;
  connection.on("session", (acceptSession, rejectSession) => {
    if (options.refuse === "channel" || refusals-- > 0) return rejectSession();
    const session = acceptSession();
    session.on("auth-agent", (accept) => {
      seen.agentForwards++;
      accept?.();
    });
    session.on("exec", (accept, reject, { command }) => {
      seen.commands.push(command);
      if (options.ignoreExec) return;
      if (options.refuse === "exec") return reject?.();
      (options.onExec ?? runCommand)(accept(), command);
    });
  });
  connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
    seen.forwards.push(`${destIP}:${destPort}`);
    if (options.forward === false) return reject();
    if (typeof options.forward === "number") return void setTimeout(reject, options.forward);
    forward(accept(), destIP, destPort);
  });
}

function forward(channel: ServerChannel, host: string, port: number): void {
  const socket = connect(port, host);
  socket.on("error", () => channel.close());
  channel.on("error", () => undefined).on("close", () => socket.destroy());
  socket.pipe(channel).pipe(socket);
}

/** Runs a command as sshd does: a session of its own, its streams and its exit code are the channel's. */
export function runCommand(channel: ServerChannel, command: string): void {
  const child = spawn("sh", ["-c", command], { stdio: "pipe", detached: true });
  child.stdin.on("error", () => undefined);
  channel.on("error", () => undefined);
  channel.pipe(child.stdin);
  // ssh2 1.17 keeps what once waited for the client's window, and sends it again when the other stream waits
  const forget = { _chunk: undefined, _chunkcb: undefined, _chunkErr: undefined, _chunkcbErr: undefined };
  let sent = Promise.resolve();
  for (const [from, to] of [
    [child.stdout, channel],
    [child.stderr, channel.stderr],
  ] as const) {
    from.on("data", (chunk: Buffer) => {
      from.pause();
      const write = () => new Promise<void>((resolve) => to.write(chunk, () => resolve()));
      sent = sent
        .then(() => Promise.race([write(), closed]))
        .then(() => {
          Object.assign(channel, forget);
          from.resume();
        });
    });
  }
  // a client that is gone is the end of the command's stdin; sshd kills nobody
  const closed = new Promise<void>((resolve) => channel.once("close", () => resolve()));
  closed.then(() => child.stdin.destroy());
  child.on("close", async (code, signal) => {
    await sent;
    if (code !== null) channel.exit(code);
    else channel.exit((signal ?? "KILL").replace(/^SIG/, ""));
    channel.end();
  });
}

/** A listener that is no sshd: what it does with a connection is up to the test. */
export async function startListener(onConnection: (socket: Socket) => void): Promise<{ readonly port: number }> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onConnection(socket);
  });
  return listen(server);
}

/** Accepts connections and says nothing, as a frozen machine does. */
export const startSilentListener = () => startListener(() => undefined);

/** Greets as an sshd and hangs up, as one does that has too many connections (MaxStartups). */
export const startHangingUpListener = () =>
  startListener((socket) => void socket.end("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"));

async function listen(server: TcpServer) {
  const open = new Set<Socket>();
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  const tcp = (server as { _srv?: TcpServer })._srv ?? server;
  tcp.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(tcp, "listening");
  onTestFinished(() => {
    cut();
    server.close();
  });
  return { port: (tcp.address() as AddressInfo).port, open, cut };
}
