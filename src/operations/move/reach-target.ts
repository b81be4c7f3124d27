import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query } from "../../libvirt/query.ts";
import { NodeError } from "../../node/failure.ts";
import { keepFirst } from "../../node/marked-stream.ts";
import type { Node } from "../../node/node.ts";
import { makeNonce } from "../../node/run-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import { endedBy } from "../../node/until-aborted.ts";
import { letKnow, letLogin, loginWords, nodeToNode } from "../node-login.ts";

/** libvirt of a node, as another node's libvirt tools call it: by that node's own ssh, which must never ask. */
export function controlUri({ settings }: Node): string {
  const { host, user, port } = settings;
  const login = user === undefined ? "" : `${encodeURIComponent(user)}@`;
  const place = `${host.includes(":") ? `[${host}]` : host}${port === undefined ? "" : `:${port}`}`;
  return `qemu+ssh://${login}${place}/system?no_tty=1`;
}

/** Why libvirt of a node cannot be used, and what to type about it. */
export interface ControlRefusal {
  /** `mute`: this machine does not hear from the target's libvirt either; `another`: a host answers that is not the target. */
  readonly kind: "refused" | "mute" | "another";
  readonly reason: string;
  readonly fix: string;
}

/**
 * Why a node cannot use libvirt of another one itself; null: it can. Another host that has the target's name there, by its own
 * hosts, search domain or ssh settings, is none, nor is one of which the target does not say that it is itself. Rejects with
 * NodeError where the source does not answer.
 */
export async function controlRefusal(
  source: Node,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<ControlRefusal | null> {
  const { name, settings } = target;
  const how = { signal, patient: true, seconds: 35 };
  const [there, itself] = await Promise.all([
    source.ask(controlQuery(controlUri(target), loginWords(settings)), how),
    target.ask(controlQuery(settings.uri), how).catch((error: unknown) => {
      if (error instanceof NodeError) return { refusal: error.message };
      throw error;
    }),
  ]);
  if ("refusal" in there)
    return {
      kind: "refusal" in itself ? "mute" : "refused",
      ...{ reason: there.refusal, fix: fixOf(there.refusal, source.name, target) },
    };
  if ("refusal" in itself)
    return {
      kind: "mute",
      ...{ reason: `${name} does not say who it is: ${itself.refusal}`, fix: `mclu doctor ${quote(name)}` },
    };
  if (there.host === itself.host) return null;
  const word = quote(settings.host);
  return {
    kind: "another",
    reason: `another host than ${name} answers there, ${there.host.split(" ")[0]}`,
    fix: `on ${source.name}, as the user that mclu works as there: ssh -G ${word}; getent hosts ${word}: it has to be ${name}`,
  };
}

/** What OpenSSH says last where the host's key is unknown or has changed, virsh too. */
const strangeKey = /Host key verification failed\.$/;

function fixOf(refusal: string, source: string, { settings }: Node): string {
  return strangeKey.test(refusal) ? letKnow(source, settings) : letLogin(source, commandLine(loginWords(settings)));
}

/**
 * The ssh that libvirt starts is given no options: it would go on with a changed key where the node's ssh_config says so.
 * The same login with them is tried first; 255 is ssh's own failure. `hostname` follows `echo` on one line: that of virsh
 * ends none.
 */
const hostScript = `uri=$1; shift
if [ $# -gt 0 ]; then
code=0; said=$(timeout -k 2 12 "$@" </dev/null 2>&1) || code=$?
case $code in 255|124|137) printf '%s\\n' "$said"; exit 1 ;; esac
fi
said=$(timeout -k 2 15 virsh -q -c "$uri" 'echo mclu-host; hostname; capabilities' </dev/null 2>&1) || { printf '%s\\n' "$said"; exit 1; }
printf '%s\\n' "$said" | sed -n -e 's/^mclu-host//p' -e 's/^ *<uuid>\\(.*\\)<.uuid>$/\\1/p'`;

/**
 * The host whose libvirt answers under a URI, its name and UUID, or why none does: the last line of what virsh said. Machines
 * that were copied may have one UUID, and other ones one name.
 * @param login the words after `ssh` that name the host of a URI that goes over ssh; none: it goes nowhere
 */
export function controlQuery(
  uri: string,
  login: readonly string[] = [],
): Query<{ readonly host: string } | { readonly refusal: string }> {
  const first = login.length === 0 ? [] : ["ssh", "-T", ...nodeToNode, ...login, "true"];
  return {
    steps: [{ run: ["sh", "-c", hostScript, "mclu", uri, ...first], cap: 32 }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").trim().split("\n");
      const host = lines.map((line) => line.trim()).join(" ");
      if (answer?.code === 0) return host === "" ? { refusal: "it does not say which host it is" } : { host };
      return { refusal: lines.at(-1)?.replace(/^error: /, "") || "it did not answer in time" };
    },
  };
}

/** The ports that qemu takes a guest at, as libvirt gives them out unless qemu.conf has others. */
export const dataPorts = "49152-49215";

/** python3 is where virt-clone is, with `-I` as in relay.ts. Says its port and addresses, and the nonce to whoever comes. */
const listener = `import socket, subprocess, sys
def listen(port):
    for family in (socket.AF_INET6, socket.AF_INET):
        try:
            s = socket.socket(family)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            s.bind(("", port))
            s.listen()
            return s
        except OSError:
            pass
for port in range(49152, 49216):
    s = listen(port)
    if s is not None:
        break
else:
    sys.exit("no port is free")
names = subprocess.run(["hostname", "-I"], stdout=subprocess.PIPE, universal_newlines=True).stdout.split()
print(port, *names, flush=True)
while True:
    c, _ = s.accept()
    c.sendall(sys.argv[1].encode())
    c.close()
`;

/** Says which of the places has the nonce. */
const caller = `import socket, sys
port, nonce, places = int(sys.argv[1]), sys.argv[2].encode(), sys.argv[3:]
for place in places:
    try:
        with socket.create_connection((place, port), 3) as c:
            if c.recv(64) == nonce:
                print(place)
                break
    except OSError:
        pass
`;

/** Seconds for the target to listen. */
const patience = 15;

/**
 * Where a node can send another one a guest's memory: the name or address under which a connection to one of qemu's ports
 * arrives there and nowhere else; null: none does. Rejects with NodeError.
 */
export async function dataAddress(source: Node, target: Node, signal: AbortSignal | undefined): Promise<string | null> {
  const nonce = makeNonce();
  const over = endedBy(signal);
  // a port and addresses, and no more of what a node may say instead
  const said = keepFirst(4096);
  const listening = target.stream(
    { argv: ["python3", "-I", "-c", listener, nonce] },
    {
      timeout: 60,
      signal: over.signal,
      onStdout: (chunk) => said.add(chunk),
      onStderr: () => undefined,
    },
  );
  let isOver = false;
  const ended = listening.then(
    () => {
      isOver = true;
    },
    () => {
      isOver = true;
    },
  );
  try {
    const begun = performance.now();
    while (!said.text().includes("\n") && !isOver && performance.now() - begun < patience * 1000) {
      await Promise.race([ended, sleep(50, undefined, { signal: over.signal })]);
    }
    const [port = "", ...addresses] = (said.text().split("\n")[0] ?? "").split(" ");
    if (!/^\d{1,5}$/.test(port)) return null;
    const places = [target.settings.host, ...addresses.filter((one) => isIP(one) !== 0)];
    return await source.ask(placeQuery(port, nonce, places), { signal, patient: true, seconds: 50 });
  } finally {
    over.abort();
    await ended;
  }
}

/** The first of these places at which somebody who listens on a port says a nonce; null: none. */
export function placeQuery(port: string, nonce: string, places: readonly string[]): Query<string | null> {
  return {
    steps: [{ run: ["timeout", "-k", "2", "40", "python3", "-I", "-c", caller, port, nonce, ...places], cap: 45 }],
    parse([answer]) {
      const said = (answer?.texts[0] ?? "").trim();
      return places.find((place) => place === said) ?? null;
    },
  };
}
