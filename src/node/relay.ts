import { Duplex, PassThrough } from "node:stream";
import { failed } from "./failure.ts";
import type { Node } from "./node.ts";
import { endedBy } from "./until-aborted.ts";

/**
 * python3 is where virt-clone is. With `-I`, since on this machine it starts in the directory where mclu was typed, and with
 * `become` as root: of what somebody else has put there nothing is imported. The first byte says that the socket was opened.
 */
const program = `import os, socket, sys, threading
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
def send():
    while True:
        data = os.read(0, 65536)
        if not data:
            break
        s.sendall(data)
    s.shutdown(socket.SHUT_WR)
threading.Thread(target=send, daemon=True).start()
data = b"+"
while data:
    while data:
        data = data[os.write(1, data):]
    data = s.recv(65536)
`;

/**
 * A connection to a Unix socket of a node that its login may not open and root may: by a command there, as `become` has
 * it; it errs with NodeError `lost` where the connection to the node goes. Rejects with NodeError.
 */
export function relayToSocket(node: Node, path: string, signal?: AbortSignal): Promise<Duplex> {
  const [up, down] = [new PassThrough(), new PassThrough()];
  const stream = Duplex.from({ readable: down, writable: up });
  const over = endedBy(signal);
  stream.on("error", () => undefined).once("close", () => over.abort());
  let said = "";
  let isOpen = false;
  return new Promise((resolve, reject) => {
    const onStdout = (chunk: Buffer) => {
      const rest = isOpen ? chunk : chunk.subarray(1);
      if (!isOpen) resolve(stream);
      isOpen = true;
      if (down.write(rest)) return undefined;
      return new Promise<void>((resume) => void down.once("drain", resume).once("close", resume));
    };
    const onStderr = (chunk: Buffer) => {
      said = (said + chunk.toString("utf8")).slice(-1000);
    };
    node
      .stream({ argv: ["python3", "-I", "-c", program, path] }, { stdin: up, onStdout, onStderr, signal: over.signal })
      .then(
        () => {
          down.end();
          const why = said.trim().split("\n").at(-1) ?? "";
          reject(failed("refused", `from there nobody answers at ${path}: ${why}`, `mclu exec ${node.name} -- ss -lx`));
        },
        (error: unknown) => {
          stream.destroy(error instanceof Error ? error : undefined);
          reject(error);
        },
      );
  });
}
