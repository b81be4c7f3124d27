import { writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect } from "vitest";
import type { Fault } from "../fleet/fleet.ts";
import type { Bench, Survived } from "./bench.ts";
import { interrupt, until } from "./interrupt.ts";
import { matrix } from "./matrix.ts";
import { bashrc, break_, wrap } from "./on-node.ts";

const { survives } = matrix("Interrupted", { net: "10.139.0", nodes: 2 });

const terminal = { columns: 80, rows: 24 };

const status = ["status", "ham0", "ham1"];

/** Resolves when both runs have a socket to ham1 in some state. */
const socketsTo = (kind: string) => until(`[ $(ss -Hn ${kind} dst 10.139.0.11 | wc -l) -ge 2 ]`);

const unnamed = { config: (text: string) => text.replace("[nodes]\n", "[nodes]\nnowhere = nowhere.example\n") };
survives("while it asks a dead name server", { breaks: { ham1: "dropped" }, user: unnamed }, (bench) => {
  const resolver = join(bench.home, "resolv.conf");
  writeFileSync(resolver, "nameserver 10.139.0.11\n");
  const under = ["unshare", "--mount", "sh", "-c", `mount --bind '${resolver}' /etc/resolv.conf && exec "$@"`, "sh"];
  return interrupt(bench, ["status", "nowhere"], socketsTo("-u"), { under });
});

const waits: [string, Fault, string][] = [
  ["connects", "dropped", "-t state syn-sent"],
  ["waits for the server's first words", "silent", "-t state established"],
  ["waits for the key exchange", "banner-only", "-t state established"],
];
for (const [what, fault, sockets] of waits)
  survives(`while it ${what}`, { breaks: { ham1: fault } }, (bench) => interrupt(bench, status, socketsTo(sockets)));

const agent = `/tmp/fault-agent-${process.pid}`;
const withAgent = { sshConfig: (text: string) => text.replace("IdentityAgent none", `IdentityAgent ${agent}`) };
survives("while the agent does not answer", { user: withAgent }, async (bench) => {
  const server = createServer().listen(agent);
  bench.undo(() => server.close());
  const connected = new Promise<void>((resolve) => {
    let open = 0;
    server.on("connection", () => ++open === 2 && resolve());
  });
  return interrupt(bench, status, connected);
});

survives("while the login shell starts", {}, async (bench) => {
  await bashrc(bench, "ham1", "sleep 61");
  const { enter } = bench.fleet.node("ham1");
  const survived = await interrupt(
    bench,
    status,
    enter("timeout 20 sh -c 'until [ $(pgrep -cf \"[s]leep 61\") = 2 ]; do sleep 0.05; done'"),
  );
  // it is the login's own, and nobody else's to end
  await enter("pkill -f '[s]leep 61' || true");
  return survived;
});

survives("in mid-answer", { breaks: { ham1: "libvirtd-frozen" } }, (bench) =>
  interrupt(bench, status, bench.virshRuns("ham1", 2)),
);

survives(
  "in mid-answer, when the terminal is closed (SIGHUP)",
  { breaks: { ham1: "libvirtd-frozen" } },
  async (bench) => {
    const result = await bench.mclu(status, {
      lingers: 20_000,
      signal: { name: "SIGHUP", when: bench.virshRuns("ham1", 1) },
    });
    expect([result.code, result.stderr]).toEqual([129, ""]);
    return { argv: status, result };
  },
);

survives("while it draws on a terminal", { breaks: { ham1: "libvirtd-frozen" } }, (bench) =>
  interrupt(bench, status, bench.virshRuns("ham1", 2), { pty: terminal }),
);

/** A guest whose XML is more than a pipe holds. */
async function defineLarge(bench: Bench): Promise<void> {
  const virsh = "virsh -q -c qemu:///system";
  await break_(
    bench,
    "ham0",
    `{ echo '<domain type="qemu"><name>large</name><memory>65536</memory><os><type>hvm</type></os><description>'
head -c 300000 /dev/zero | tr '\\0' x; echo '</description></domain>'; } >/run/fleet/large.xml
${virsh} define /run/fleet/large.xml`,
    `${virsh} undefine large`,
  );
}

/** A reader that takes one byte, and is gone when the program is. */
const reader = `> >({ head -c 1 >"$HOME/read-$$"; exec tail -s 0.1 --pid=$$ -f /dev/null; } >/dev/null 2>&1)`;

survives("while nobody reads what it prints", {}, async (bench) => {
  await defineLarge(bench);
  const stuck = until(`[ $(find '${bench.home}' -name 'read-*' -size 1c | wc -l) = 2 ]`);
  return interrupt(bench, ["xml", "ham0/large"], stuck, { under: ["bash", "-c", `exec "$@" ${reader}`, "-"] });
});

/** Sends a signal to the runs of a case, which wrote down who they are. */
const tell = (bench: Bench, signal: string) => until(`kill -${signal} $(cat '${bench.home}'/runs) 2>/dev/null`);

/** Lets a run stand still from a moment on, for longer than any of its deadlines. */
async function suspend(bench: Bench, argv: readonly string[], moment: string): Promise<Survived> {
  const under = ["sh", "-c", `echo $$ >"$HOME/runs"; exec "$@"`, "-"];
  const running = bench.mclu(argv, { under, lingers: 20_000 });
  await bench.fleet.node("ham1").enter(`timeout 20 sh -c "until ${moment}; do sleep 0.02; done"`);
  await tell(bench, "STOP");
  await setTimeout(11_000);
  await tell(bench, "CONT");
  const result = await running;
  expect([result.code, result.stderr]).toEqual([0, ""]);
  expect(result.stdout).toMatch(/^ham0 +on\n(?: .*\n)*ham1 +on\n/m);
  return { argv, result };
}

survives("suspended in mid-answer (Ctrl-Z, or SIGSTOP), and continued", {}, async (bench) => {
  await wrap(bench, "ham1", "virsh", `: >/run/fleet/asked; sleep 0.5; exec /usr/bin/virsh "$@"`);
  bench.undo(() => bench.fleet.node("ham1").enter("rm -f /run/fleet/asked"));
  return suspend(bench, ["--read-timeout", "2", ...status], "[ -e /run/fleet/asked ]");
});

survives("suspended in the key exchange, and continued", {}, (bench) =>
  suspend(bench, status, `pgrep -f '[s]shd: .*accepted' >/dev/null`),
);

survives("twice", {}, async (bench) => {
  await defineLarge(bench);
  const argv = ["xml", "ham0/large"];
  const reading = `until [ -s "$HOME/read-$$" ]; do sleep 0.05; done`;
  const twice = `{ "$@" & p=$!; ${reading}; kill -INT $p; sleep 0.1; kill -INT $p; wait $p; } ${reader}`;
  const result = await bench.mclu(argv, { lingers: 20_000, under: ["bash", "-c", twice, "-"] });
  expect([result.code, result.stderr]).toEqual([130, ""]);
  return { argv, result };
});
