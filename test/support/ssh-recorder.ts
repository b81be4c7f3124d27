import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** Numbers of SSH messages (RFC 4250, 4.1.2). */
export const message = {
  ignore: 2,
  serviceAccept: 6,
  keyExchangeInit: 20,
  newKeys: 21,
  keyExchangeReply: 31,
  authSuccess: 52,
} as const;

/** What a server says that a sound one does not. */
export type Mischief =
  | "none"
  | "success first"
  | "success in the key exchange"
  | "new keys in the key exchange"
  | "success before new keys"
  | "service and success before new keys"
  | "ignore first"
  | "ignore in the key exchange"
  | "new keys twice"
  | "new keys never"
  | "more padding than packet"
  | "damage after new keys";

/** What a client has sent, of all connections. */
export interface Recording {
  readonly port: number;
  /** The kinds of its messages that were not encrypted. */
  readonly plain: number[];
  /** What it offers for the exchange of keys, of each connection. */
  readonly keyExchanges: string[][];
  /** Bytes after its NEWKEYS. */
  encrypted: number;
}

/** A relay before an sshd: it reads what is not encrypted, and adds mischief to what the server says. */
export async function startRecorder(target: number, mischief: Mischief = "none"): Promise<Recording> {
  const recording = { port: 0, plain: [] as number[], keyExchanges: [] as string[][], encrypted: 0 };
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const sshd = connect(target, "127.0.0.1");
    for (const socket of [client, sshd]) sockets.add(socket.on("error", () => undefined));
    const fromClient = packets((kind, bytes) => {
      recording.plain.push(kind);
      if (kind === message.keyExchangeInit) recording.keyExchanges.push(firstList(bytes));
    });
    client.on("data", (chunk: Buffer) => {
      recording.encrypted += fromClient(chunk).encrypted;
      sshd.write(chunk);
    });
    let greeted = false;
    const fromServer = packets();
    sshd.on("data", (chunk: Buffer) => {
      const { greeting, sent, rest } = fromServer(chunk);
      // what comes in one piece goes on in one
      client.cork();
      client.write(greeting);
      if (greeting.length > 0 && !greeted && mischief === "success first") client.write(packet(message.authSuccess));
      greeted = true;
      for (const [kind, bytes] of sent) client.write(Buffer.concat(spoil(kind, bytes, mischief)));
      client.write(mischief === "damage after new keys" ? rest.map((byte) => byte ^ 0xff) : rest);
      client.uncork();
    });
    client.on("close", () => sshd.destroy());
    sshd.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  recording.port = (server.address() as AddressInfo).port;
  return recording;
}

/** A server's packet with what is said before or after it, or instead. */
function spoil(kind: number, bytes: Buffer, mischief: Mischief): Buffer[] {
  const isInit = kind === message.keyExchangeInit;
  const isNewKeys = kind === message.newKeys;
  const accept = packet(message.serviceAccept, "ssh-userauth");
  switch (mischief) {
    case "success in the key exchange":
      return isInit ? [bytes, packet(message.authSuccess)] : [bytes];
    case "new keys in the key exchange":
      return isInit ? [bytes, packet(message.newKeys)] : [bytes];
    case "success before new keys":
      return isNewKeys ? [packet(message.authSuccess), bytes] : [bytes];
    case "service and success before new keys":
      return isNewKeys ? [accept, packet(message.authSuccess), bytes] : [bytes];
    case "ignore first":
      return isInit ? [packet(message.ignore, "x"), bytes] : [bytes];
    case "ignore in the key exchange":
      return isInit ? [bytes, packet(message.ignore, "x")] : [bytes];
    case "new keys twice":
      return isNewKeys ? [bytes, bytes] : [bytes];
    case "new keys never":
      return isNewKeys ? [] : [bytes];
    case "more padding than packet":
      return isInit
        ? [Buffer.concat([bytes.subarray(0, 4), Buffer.from([0xff]), Buffer.alloc(bytes.length - 5)])]
        : [bytes];
    default:
      return [bytes];
  }
}

/** An unencrypted packet (RFC 4253, 6), perhaps with one string in it. */
function packet(kind: number, text = ""): Buffer {
  const length = Buffer.alloc(text === "" ? 0 : 4);
  if (text !== "") length.writeUInt32BE(text.length);
  const payload = Buffer.concat([Buffer.from([kind]), length, Buffer.from(text)]);
  const padding = 4 + ((8 - ((5 + payload.length + 4) % 8)) % 8);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(1 + payload.length + padding);
  head[4] = padding;
  return Buffer.concat([head, payload, Buffer.alloc(padding)]);
}

/** The key exchanges of a KEXINIT packet: behind its head, its kind and a cookie. */
function firstList(bytes: Buffer): string[] {
  const at = 5 + 1 + 16;
  return bytes.toString("latin1", at + 4, at + 4 + bytes.readUInt32BE(at)).split(",");
}

/** Takes one side's bytes apart: its greeting, packets with their kinds, and what follows its NEWKEYS. */
function packets(onKind: (kind: number, bytes: Buffer) => void = () => undefined) {
  let waiting = Buffer.alloc(0);
  let greeted = false;
  let secret = false;
  return (chunk: Buffer) => {
    const sent: [number, Buffer][] = [];
    let greeting = Buffer.alloc(0);
    waiting = Buffer.concat([waiting, chunk]);
    if (!greeted && waiting.includes(0x0a)) {
      greeted = true;
      const end = waiting.indexOf(0x0a) + 1;
      greeting = waiting.subarray(0, end);
      waiting = waiting.subarray(end);
    }
    while (greeted && !secret && waiting.length >= 6) {
      const end = 4 + waiting.readUInt32BE(0);
      if (waiting.length < end) break;
      const kind = waiting[5] ?? 0;
      onKind(kind, waiting.subarray(0, end));
      sent.push([kind, waiting.subarray(0, end)]);
      waiting = waiting.subarray(end);
      secret = kind === message.newKeys;
    }
    const rest = secret ? waiting : Buffer.alloc(0);
    if (secret) waiting = Buffer.alloc(0);
    return { greeting, sent, rest, encrypted: rest.length };
  };
}
