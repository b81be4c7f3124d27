import { describe } from "vitest";
import { matrix } from "./matrix.ts";
import { withSsh } from "./under.ts";

const { survives, fleet } = matrix("On the way: jump hosts and ProxyCommand", {
  net: "10.105.0",
  nodes: 5,
  kinds: { ham1: "jump", ham2: "jump" },
});

const viaHam3 = { sshConfig: (text: string) => text.replaceAll("ProxyJump ham0", "ProxyJump ham3") };
const viaHam4 = { sshConfig: (text: string) => text.replaceAll("ProxyJump ham0", "ProxyJump ham4") };
const byOpenSsh = (text: string) => text.replace("[mclu]\n", "[mclu]\ntransport = openssh\n");
const jump = { state: "failed", reason: "jump" } as const;

describe.concurrent("jump hosts that say nothing", () => {
  survives("the jump host is off", { nodes: ["ham3"], breaks: { ham3: "dropped" }, user: viaHam3 }, (bench) =>
    bench.ask("ham1", {
      ...jump,
      detail: /^jump host ham3: off: no answer from 10\.105\.0\.13 within 3 s$/,
      hint: /^ssh ham3 true$/,
      seconds: 3,
    }),
  );

  survives(
    "the jump host's sshd is frozen",
    { nodes: ["ham4"], cutOff: ["ham4"], breaks: { ham4: "sshd-frozen" }, user: viaHam4 },
    (bench) =>
      bench.ask("ham1", {
        ...jump,
        detail: /^jump host ham4: slow: no SSH handshake within 8 s/,
        hint: /^ssh -v root@ham4$/,
        seconds: 8,
      }),
  );

  survives("the node behind the jump host is off", { nodes: ["ham1"], breaks: { ham1: "dropped" } }, (bench) =>
    bench.ask("ham1", {
      state: "off",
      detail: /^no answer from 10\.105\.128\.11 port 22 behind ham0 within 3 s$/,
      seconds: 3,
    }),
  );

  survives(
    "the node behind the jump host is frozen",
    // the jump host too: whoever else goes by it at once is through after 3 s
    { nodes: ["ham0"], cutOff: ["ham2"], breaks: { ham2: "sshd-frozen" } },
    (bench) =>
      bench.ask("ham2", {
        state: "failed",
        reason: "slow",
        detail: /^no SSH handshake within 8 s/,
        hint: /^ssh -v root@10\.105\.128\.12$/,
        seconds: 8,
      }),
  );

  survives(
    "the ProxyCommand hangs",
    { nodes: ["ham0"], user: { sshConfig: withSsh("Host 10.105.0.10\n  ProxyCommand sleep 600") } },
    (bench) =>
      bench.ask("ham0", {
        state: "failed",
        reason: "slow",
        detail: /^no SSH handshake within 8 s/,
        hint: /^ssh -v root@10\.105\.0\.10$/,
        seconds: 8,
      }),
  );
});

survives("the jump host shows another key", { breaks: { ham0: "hostkey" } }, (bench) =>
  bench.ask("ham1", {
    ...jump,
    detail: /^jump host ham0: host-key-changed: /,
    hint: /^ssh-keygen -R 10\.105\.0\.10 -f \S+\/known_hosts$/,
    seconds: 1,
  }),
);

survives(
  "the jump host shows another key, transport = openssh",
  { breaks: { ham0: "hostkey" }, user: { config: byOpenSsh } },
  (bench) =>
    bench.ask("ham1", {
      ...jump,
      detail:
        /^jump host ham0: host-key-changed: 10\.105\.0\.10 shows SHA256:\S{43}, but \S+\/known_hosts:\d+ has SHA256:/,
      hint: /^ssh-keygen -R 10\.105\.0\.10 -f \S+\/known_hosts$/,
      seconds: 2,
    }),
);

survives(
  "the jump host's key is unknown",
  { user: { knownHosts: (text) => text.replace(/^ham0,.*\n/m, "") } },
  (bench) =>
    bench.ask("ham1", {
      state: "failed",
      reason: "host-key-unknown",
      detail: /^10\.105\.0\.10 is not in \S+\/known_hosts; it shows SHA256:\S{43}$/,
      hint: /^mclu trust ham1$/,
      seconds: 1,
    }),
);

survives("the jump host lets nobody in", { breaks: { ham0: "auth" } }, (bench) =>
  bench.ask("ham1", {
    ...jump,
    detail: /^jump host ham0: auth: /,
    hint: /^ssh-copy-id -i \S+\/id_ed25519 root@ham0$/,
    seconds: 1,
  }),
);

survives("the jump host forbids forwarding", { breaks: { ham0: "sshd:AllowTcpForwarding no" } }, (bench) =>
  bench.ask("ham1", {
    ...jump,
    detail: /^ham0 (cannot reach|forwards no connection to) 10\.105\.128\.11 port 22: .*open failed$/,
    hint: /^ssh ham0 (nc -vz 10\.105\.128\.11 22|sudo sshd -T)$/,
    seconds: 1,
  }),
);

survives("the node behind the jump host refuses", { breaks: { ham1: "sshd-stopped" } }, (bench) =>
  bench.ask("ham1", {
    ...jump,
    detail: /^ham0 cannot reach 10\.105\.128\.11 port 22: .*Connection refused$/,
    hint: /^ssh ham0 nc -vz 10\.105\.128\.11 22$/,
    seconds: 1,
  }),
);

survives("the node behind the jump host has another key", { breaks: { ham1: "hostkey" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "host-key-changed",
    detail: /^10\.105\.128\.11 shows SHA256:\S{43}, but \S+\/known_hosts:2 has SHA256:\S{43}$/,
    hint: /^ssh-keygen -R 10\.105\.128\.11 -f \S+\/known_hosts$/,
    seconds: 1,
  }),
);

const proxy = (command: string) => ({
  sshConfig: (text: string) =>
    withSsh(`Host 10.105.0.10\n  ProxyCommand ${command.replace("CONFIG", fleet().sshConfig)}`)(text),
});

survives("the ProxyCommand does not exist", { user: proxy("/no/such/program %h %p") }, (bench) =>
  bench.ask("ham0", {
    ...jump,
    detail: /^ProxyCommand ended: .*\/no\/such\/program: not found, exit code 127$/,
    hint: /^ssh -v root@10\.105\.0\.10$/,
    seconds: 1,
  }),
);

survives("the ProxyCommand fails and says why", { user: proxy("sh -c 'echo no way to %h >&2; exit 3'") }, (bench) =>
  bench.ask("ham0", {
    ...jump,
    detail: /^ProxyCommand ended: no way to 10\.105\.0\.10, exit code 3$/,
    hint: /^ssh -v root@10\.105\.0\.10$/,
    seconds: 1,
  }),
);

survives(
  "the ProxyCommand works and complains",
  { user: proxy("sh -c 'echo beware >&2; exec ssh -F CONFIG -W %h:%p ham3'") },
  (bench) => bench.ask("ham0", { state: "on", seconds: 1 }),
);

survives("ssh_config has an error", { user: { sshConfig: withSsh("Host *\n  NoSuchKeyword yes") } }, (bench) =>
  bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /ssh_config: line 2: Bad configuration option: nosuchkeyword$/,
    hint: /^ssh -G -F \S+\/ssh_config 10\.105\.0\.10$/,
    seconds: 1,
  }),
);
