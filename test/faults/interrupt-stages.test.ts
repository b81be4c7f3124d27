import { execFileSync } from "node:child_process";
import { join } from "node:path";
import type { Bench } from "./bench.ts";
import { interrupt, interruptAt, until } from "./interrupt.ts";
import { matrix } from "./matrix.ts";
import { break_, wrap } from "./on-node.ts";
import { ownKey } from "./own-key.ts";
import { withSsh } from "./under.ts";

const { survives } = matrix("Interrupted", { net: "10.141.0", nodes: 3, kinds: { ham2: "jump" } });

/** Resolves when so many of a program that a case waits with run on a node. */
const waits = (bench: Bench, name: string, pattern: string, count = 2) =>
  bench.fleet
    .node(name)
    .enter(`timeout 20 sh -c 'until [ "$(pgrep -cf "${pattern}")" -ge ${count} ]; do sleep 0.02; done'`);

survives("while it reads mclu.conf", {}, (bench) => {
  const pipe = join(bench.home, "pipe.conf");
  // a writer that never comes to an end
  execFileSync("sh", ["-c", `mkfifo '${pipe}'; sleep 60 <>'${pipe}' & echo $! >'${pipe}.pid'`], { stdio: "ignore" });
  bench.undo(() => execFileSync("sh", ["-c", `kill $(cat '${pipe}.pid')`]));
  const reading = until(`[ $(find /proc/[0-9]*/fd -lname '${pipe}' 2>/dev/null | wc -l) -ge 3 ]`);
  return interrupt(bench, ["-f", pipe, "status"], reading);
});

const slowMatch = {
  sshConfig: withSsh(`Match exec "mktemp $HOME/asked-XXXXXX && exec sleep 60"\n  Port 22\nMatch all`),
};
survives("while ssh -G reads ssh_config", { user: slowMatch }, (bench) =>
  interrupt(bench, ["status", "ham1"], until(`[ $(ls '${bench.home}' | grep -c asked-) -ge 2 ]`)),
);

survives(
  "while the node thinks about the key it was offered",
  {
    breaks: {
      ham1: "sshd:AuthorizedKeysFile none\nAuthorizedKeysCommand /bin/sleep 61\nAuthorizedKeysCommandUser root",
    },
  },
  async (bench) => {
    const survived = await interrupt(bench, ["status", "ham1"], waits(bench, "ham1", "[s]leep 61"));
    // it is sshd's own, and nobody else's to end
    await bench.fleet.node("ham1").enter("pkill -f '[s]leep 61' || true");
    return survived;
  },
);

survives("while it asks for a passphrase", {}, (bench) => {
  ownKey(bench, "secret");
  return interruptAt(bench, ["status", "ham1"], /passphrase for key .*: $/);
});

const stranger = { knownHosts: (text: string) => text.replace(/^ham1,.*\n/m, "") };
survives("while it asks about a host key", { user: stranger }, (bench) =>
  interruptAt(bench, ["status", "ham1"], /fingerprint\)\?/),
);

const uuid = "00000000-0000-4000-8000-000000000141";
const virsh = "virsh -q -c qemu:///system";

/** ham0/web, with a guest agent. */
const defineWeb = (bench: Bench) =>
  break_(
    bench,
    "ham0",
    `cat >/run/fleet/web.xml <<'XML'
<domain type="qemu"><name>web</name><uuid>${uuid}</uuid><memory unit="MiB">64</memory><os><type>hvm</type></os><devices>
<interface type="network"><source network="default"/></interface>
<channel type="unix"><target type="virtio" name="org.qemu.guest_agent.0"/></channel></devices></domain>
XML
${virsh} define /run/fleet/web.xml >/dev/null`,
    `${virsh} destroy ${uuid} 2>/dev/null; ${virsh} undefine ${uuid}`,
  );

survives("while it asks for consent", {}, async (bench) => {
  await defineWeb(bench);
  return interruptAt(bench, ["delete", "ham0/web"], /\[y\/N\] /);
});

survives("while a guest's agent is asked for its addresses", {}, async (bench) => {
  await defineWeb(bench);
  await bench.fleet.node("ham0").enter(`${virsh} start ${uuid}`);
  const connected = `sed "s/ state='disconnected'//; s/name='org.qemu.guest_agent.0'/& state='connected'/"`;
  await wrap(
    bench,
    "ham0",
    "virsh",
    `case $* in
*"source agent"*) exec sleep 62 ;;
*dumpxml*) /usr/bin/virsh "$@" | ${connected} ;;
*) exec /usr/bin/virsh "$@" ;; esac`,
  );
  return interrupt(bench, ["ip", "ham0/web"], waits(bench, "ham0", "[s]leep 62"));
});

survives("between two looks of --watch", {}, async (bench) => {
  const asked = "/run/fleet/asked";
  await wrap(bench, "ham1", "virsh", `echo >>${asked}; exec /usr/bin/virsh "$@"`);
  bench.undo(() => bench.fleet.node("ham1").enter(`rm -f ${asked}`));
  const twice = bench.fleet
    .node("ham1")
    .enter(`timeout 30 sh -c 'until [ "$(grep -c "" ${asked})" -ge 4 ]; do sleep 0.02; done'`);
  return interrupt(bench, ["status", "--watch", "1", "ham1"], twice);
});

const byOpenSsh = { config: (text: string) => text.replace("[mclu]\n", "[mclu]\ntransport = openssh\n") };
survives("while the system's ssh logs in", { user: byOpenSsh, breaks: { ham1: "banner-only" } }, (bench) =>
  interrupt(bench, ["status", "ham1"], until(`[ $(ss -Hn -t state established dst 10.141.0.11 | wc -l) -ge 2 ]`)),
);

survives("in mid-answer through the system's ssh", { user: byOpenSsh, breaks: { ham1: "libvirtd-frozen" } }, (bench) =>
  interrupt(bench, ["status", "ham1"], bench.virshRuns("ham1", 2)),
);

survives("while the jump host says nothing", { breaks: { ham0: "banner-only" } }, (bench) =>
  interrupt(bench, ["status", "ham2"], until(`[ $(ss -Hn -t state established dst 10.141.0.10 | wc -l) -ge 2 ]`)),
);

survives("while the node behind the jump host says nothing", { breaks: { ham2: "banner-only" } }, (bench) => {
  const address = bench.fleet.node("ham2").address;
  const look = `until [ "$(ss -Hn -t state established dst ${address} | wc -l)" -ge 2 ]; do sleep 0.02; done`;
  return interrupt(bench, ["status", "ham2"], bench.fleet.node("ham0").enter(`timeout 20 sh -c '${look}'`));
});

survives("in mid-answer from behind the jump host", { breaks: { ham2: "libvirtd-frozen" } }, (bench) =>
  interrupt(bench, ["status", "ham2"], bench.virshRuns("ham2", 2)),
);
