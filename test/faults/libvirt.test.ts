import { expect } from "vitest";
import { type Bench, type Expected, rowOf, type Survived } from "./bench.ts";
import { matrix } from "./matrix.ts";
import { break_, changePrograms, wrap } from "./on-node.ts";

const { survives } = matrix("libvirt on the node", { net: "10.136.0", nodes: 2, kinds: { ham1: "sudo" } });

const soon = ["--read-timeout", "2"];
const slow: Expected = {
  state: "failed",
  reason: "slow",
  detail: /^virsh did not answer in time$/,
  hint: /^mclu exec ham0 -- systemctl status libvirtd$/,
  seconds: 4.5,
};
const down = (hint: RegExp): Expected => ({
  state: "failed",
  reason: "libvirt-down",
  detail: /^error: Failed to connect socket to '\S+': /,
  hint,
  seconds: 5,
});
const denied = (on: string): Expected => ({
  state: "failed",
  reason: "denied",
  detail: /^error: Failed to connect socket to '\S+': Permission denied$/,
  hint: new RegExp(`^set become = sudo in \\[node\\.${on}\\]$`),
  seconds: 5,
});
const on: Expected = { state: "on", seconds: 8 };
const withoutSudo = { config: (text: string) => text.replace("become = sudo", "") };

survives("libvirtd is frozen", { breaks: { ham0: "libvirtd-frozen" } }, (bench) => bench.ask("ham0", slow, soon));

survives(
  "libvirtd is frozen, and virsh is a script that ignores TERM",
  { breaks: { ham0: "libvirtd-frozen" } },
  async (bench) => {
    await wrap(bench, "ham0", "virsh", `trap '' TERM\n/usr/bin/virsh "$@"\n/usr/bin/virsh "$@"`);
    return bench.ask("ham0", slow, soon);
  },
);

survives("libvirtd is frozen, where timeout is busybox's", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  await changePrograms(bench, "ham0", "ln -sf /run/fleet/bin/busybox timeout");
  return bench.ask("ham0", slow, soon);
});

survives("libvirtd is frozen, where there is no timeout", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  await changePrograms(bench, "ham0", "rm timeout");
  return bench.ask(
    "ham0",
    { ...slow, detail: /^no answer within 5 s$/, hint: /^ssh root@10\.136\.0\.10 uptime$/, seconds: 5 },
    soon,
  );
});

survives("libvirtd is stopped", { breaks: { ham0: "libvirtd-stopped" } }, (bench) =>
  bench.ask("ham0", down(/^mclu exec ham0 -- systemctl start libvirtd$/)),
);

/** `status` while libvirtd is frozen, and what happens to it or to virsh then; the JSON's row. */
async function midway(bench: Bench, then: string, flags: readonly string[] = []): Promise<Survived> {
  const argv = [...flags, "status", "-o", "json", "ham0"];
  const running = bench.mclu(argv);
  await bench.virshRuns("ham0", 1);
  await bench.fleet.node("ham0").enter(then);
  const result = await running;
  const { reason, hint } = rowOf(result, "ham0");
  return { argv, result, reason, hint };
}

survives("libvirtd is killed in mid-answer", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  const survived = await midway(bench, "pkill -KILL -x libvirtd");
  expect(survived.result.code).toBe(5);
  expect(rowOf(survived.result, "ham0")).toMatchObject({
    reason: "libvirt-down",
    hint: "mclu exec ham0 -- systemctl start libvirtd",
  });
  return survived;
});

survives(
  "libvirtd is killed in mid-answer, and started again at once",
  { breaks: { ham0: "libvirtd-frozen" } },
  async (bench) => {
    // as with systemd, whose socket keeps callers waiting until the daemon is back
    await wrap(
      bench,
      "ham0",
      "virsh",
      `case $* in *" uri") until /usr/bin/virsh -c qemu:///system uri; do sleep 0.05; done ;; esac\nexec /usr/bin/virsh "$@"`,
    );
    const survived = await midway(bench, "pkill -KILL -x libvirtd; sleep 0.2; libvirtd -d");
    expect(rowOf(survived.result, "ham0").state).toBe("on");
    expect(survived.result.code).toBe(0);
    return survived;
  },
);

survives("one virsh is frozen in mid-answer", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  const survived = await midway(bench, "pkill -STOP -x virsh; pkill -CONT -x libvirtd", soon);
  expect(survived.result.code).toBe(5);
  expect(rowOf(survived.result, "ham0")).toMatchObject({ reason: "slow", detail: "virsh did not answer in time" });
  return survived;
});

survives("virsh is killed in mid-answer", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  const survived = await midway(bench, "pkill -KILL -x virsh");
  expect(survived.result.code).toBe(5);
  expect(rowOf(survived.result, "ham0")).toMatchObject({
    reason: "lost",
    detail: "virsh was ended by signal 9 there",
    hint: "mclu exec ham0 -- dmesg",
  });
  return survived;
});

/** The sockets of modular daemons, as far as virsh looks for them. */
async function modular(bench: Bench, node: string, more = ""): Promise<void> {
  await break_(
    bench,
    node,
    `cd /run/libvirt
for s in "" -ro; do mv libvirt-sock$s virtqemud-sock$s; ln -s virtqemud-sock$s virtnetworkd-sock$s; ln -s virtqemud-sock$s virtstoraged-sock$s; done
${more}`,
    `cd /run/libvirt
chmod 777 virtqemud-sock-ro
for s in "" -ro; do mv virtqemud-sock$s libvirt-sock$s; done; rm -f virt*d-sock*`,
  );
}

survives("modular daemons instead of libvirtd", {}, async (bench) => {
  await modular(bench, "ham0");
  return bench.ask("ham0", on);
});

survives("modular daemons that are down", { breaks: { ham0: "libvirtd-frozen" } }, async (bench) => {
  await modular(bench, "ham0", "pkill -KILL -x libvirtd");
  return bench.ask("ham0", down(/^mclu exec ham0 -- systemctl start virtqemud$/));
});

survives("modular daemons whose sockets are closed to this login", { user: withoutSudo }, async (bench) => {
  await modular(bench, "ham1", "chmod 770 virtqemud-sock-ro");
  return bench.ask("ham1", denied("ham1"));
});

survives("libvirt's sockets are closed to this login", { user: withoutSudo }, async (bench) => {
  await break_(bench, "ham1", "chmod 770 /run/libvirt/libvirt-sock-ro", "chmod 777 /run/libvirt/libvirt-sock-ro");
  return bench.ask("ham1", denied("ham1"));
});

survives("not in the group libvirt, so that it may only read", { user: withoutSudo }, (bench) => bench.ask("ham1", on));

survives("not in the group libvirt, and a change is asked for", { user: withoutSudo }, async (bench) => {
  const argv = ["virsh", "ham1", "--", "net-destroy", "default"];
  const result = await bench.mclu(argv);
  expect(result.stderr).toMatch(/^error: Failed to connect socket to '\S+': Permission denied$/m);
  expect([result.code, result.stdout]).toEqual([1, ""]);
  return { argv, result };
});

survives("no virsh", { breaks: { ham0: "no-virsh" } }, (bench) =>
  bench.ask("ham0", {
    state: "failed",
    reason: "no-libvirt",
    detail: /^virsh is not installed there$/,
    hint: /^mclu exec ham0 -- apt-get install libvirt-clients$/,
    seconds: 5,
  }),
);

survives("a virsh that is too old for --nowait", {}, async (bench) => {
  const refuse = `case $* in *--nowait*) echo "error: command 'domstats' doesn't support option --nowait" >&2; exit 1 ;; esac`;
  await wrap(bench, "ham0", "virsh", `${refuse}\nexec /usr/bin/virsh "$@"`);
  return bench.ask("ham0", on);
});

survives("half an answer", {}, async (bench) => {
  await wrap(bench, "ham0", "virsh", `/usr/bin/virsh "$@" | head -c 150`);
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^expected /,
    hint: /^mclu exec ham0 -- virsh version$/,
    seconds: 5,
  });
});

survives("an answer with NUL characters", {}, async (bench) => {
  await wrap(bench, "ham0", "virsh", `/usr/bin/virsh "$@"; printf 'a\\0b\\n'`);
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^the answer has NUL characters$/,
    seconds: 5,
  });
});

survives("an answer without end", {}, async (bench) => {
  await wrap(bench, "ham0", "virsh", "exec yes");
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^more than 64 MiB of output$/,
    seconds: 10,
  });
});

survives("an answer of nothing but lines", {}, async (bench) => {
  await wrap(bench, "ham0", "virsh", "yes '' | head -c 30000000");
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^the answer has more than 1000000 lines$/,
    seconds: 5,
  });
});

survives("a list of 200,000 guests", {}, async (bench) => {
  const guests = `for (i = 0; i < 200000; i++) printf "%08x-0000-4000-8000-000000000000 guest%d\\n", i, i`;
  await wrap(bench, "ham0", "virsh", `/usr/bin/virsh "$@" | awk '{ print } / text$/ && ++texts == 2 { ${guests} }'`);
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^expected virsh list, found: more than 16384 guests$/,
    seconds: 5,
  });
});

survives("100 MB of complaints on stderr", {}, async (bench) => {
  await wrap(bench, "ham0", "virsh", `head -c 100000000 /dev/zero | tr '\\0' x >&2\nexec /usr/bin/virsh "$@"`);
  return bench.ask("ham0", { ...on, seconds: 15 });
});
