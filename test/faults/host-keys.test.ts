import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import { type Bench, wideTerminal } from "./bench.ts";
import { matrix } from "./matrix.ts";
import { underModes, withSsh } from "./under.ts";

const { survives, fleet } = matrix("Host keys", { net: "10.102.0", nodes: 2 });

/** Public keys, as known_hosts has them: those of ham0, which has one of each type, and one that is nobody's. */
const keys = { ed25519: "", rsa: "", ecdsa: "", other: "" };

beforeAll(async () => {
  const { enter } = fleet().node("ham0");
  await enter("ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/other");
  for (const type of ["rsa", "ecdsa"]) {
    await enter(`ssh-keygen -q -t ${type} -N '' -f /etc/ssh/${type}`);
    await enter(`echo HostKey /etc/ssh/${type} >>/etc/ssh/sshd_config.d/keys.conf`);
  }
  for (const type of ["rsa", "ecdsa", "other"] as const)
    keys[type] = (await enter(`cut -d' ' -f1,2 /etc/ssh/${type}.pub`)).trim();
  keys.ed25519 = (await enter("cut -d' ' -f1,2 /etc/ssh/hostkey.pub")).trim();
  // sshd reads its keys when it starts
  await fleet().fault("ham0", "sshd:PrintLastLog no");
  await fleet().heal("ham0");
});

/** A user whose known_hosts has these lines. */
const knows = (...lines: (() => string)[]) => ({ knownHosts: () => lines.map((line) => `${line()}\n`).join("") });
const ham0 = (key: keyof typeof keys) => () => `10.102.0.10 ${keys[key]}`;
const on = (bench: Bench) => bench.ask("ham0", { state: "on", seconds: 1 });

const unknown = {
  state: "failed",
  reason: "host-key-unknown",
  detail: /^10\.102\.0\.10 is not in \S+\/known_hosts; it shows SHA256:\S{43}$/,
  hint: /^mclu trust ham0$/,
  seconds: 1,
} as const;
const changed = {
  state: "failed",
  reason: "host-key-changed",
  detail: /^10\.102\.0\.10 shows SHA256:\S{43}, but \S+\/known_hosts:1 has SHA256:\S{43}$/,
  hint: /^ssh-keygen -R 10\.102\.0\.10 -f \S+\/known_hosts$/,
  seconds: 1,
} as const;

survives("unknown, and nobody to ask", { user: knows() }, async (bench) => {
  const survived = await bench.ask("ham0", unknown);
  expect(readFileSync(bench.user.knownHosts, "utf8")).toBe("");
  return survived;
});

survives("unknown, and the user says no", { user: knows() }, async (bench) => {
  const argv = ["status", "ham0"];
  const answers = [{ question: /\(yes\/no\/fingerprint\)\?/, answer: "no" }];
  const result = await bench.mclu(argv, { pty: { ...wideTerminal, answers } });
  expect(result.stdout).toContain("failed: host-key-unknown");
  expect(result.code).toBe(5);
  expect(readFileSync(bench.user.knownHosts, "utf8")).toBe("");
  return { argv, result, reason: "host-key-unknown", hint: "mclu trust ham0" };
});

survives("unknown, and the user says yes", { user: knows() }, async (bench) => {
  const argv = ["status", "ham0"];
  const answers = [{ question: /\(yes\/no\/fingerprint\)\?/, answer: "yes" }];
  const result = await bench.mclu(argv, { pty: { ...wideTerminal, answers } });
  expect(result.stdout).toMatch(/^ham0 +on$/m);
  expect(result.code).toBe(0);
  expect(readFileSync(bench.user.knownHosts, "utf8")).toBe(`10.102.0.10 ${keys.ed25519}\n`);
  return { argv, result };
});

survives(
  "unknown, with StrictHostKeyChecking accept-new",
  { user: { ...knows(), sshConfig: withSsh("StrictHostKeyChecking accept-new") } },
  async (bench) => {
    const survived = await on(bench);
    expect(readFileSync(bench.user.knownHosts, "utf8")).toContain(`10.102.0.10 ${keys.ed25519}\n`);
    return survived;
  },
);

survives("changed; the line that is shown mends it", { user: knows(ham0("other")) }, async (bench) => {
  const survived = await bench.ask("ham0", changed);
  execFileSync("sh", ["-c", survived.hint ?? "false"], { stdio: "ignore" });
  await bench.ask("ham0", unknown);
  return survived;
});

survives(
  "changed, with StrictHostKeyChecking no",
  { user: { ...knows(ham0("other")), sshConfig: withSsh("StrictHostKeyChecking no") } },
  (bench) => bench.ask("ham0", changed),
);

survives("revoked", { user: knows(ham0("ed25519"), () => `@revoked * ${keys.ed25519}`) }, (bench) =>
  bench.ask("ham0", {
    state: "failed",
    reason: "host-key-changed",
    detail: /^the key of 10\.102\.0\.10, SHA256:\S{43}, is revoked in \S+:2$/,
    hint: /^ssh-keygen -lf \S+\/known_hosts -F 10\.102\.0\.10$/,
    seconds: 1,
  }),
);

survives("only its RSA key is known, and it has others too", { user: knows(ham0("rsa")) }, on);

survives("only its ECDSA key is known, in a hashed file", { user: knows(ham0("ecdsa")) }, (bench) => {
  execFileSync("ssh-keygen", ["-q", "-H", "-f", bench.user.knownHosts], { stdio: "ignore" });
  expect(readFileSync(bench.user.knownHosts, "utf8")).toMatch(/^\|1\|/);
  return on(bench);
});

survives(
  "it shows no key of the known type any more",
  { user: knows(ham0("rsa")), breaks: { ham0: "sshd:HostKeyAlgorithms ssh-ed25519" } },
  async (bench) => {
    const { stderr } = spawnSync("ssh", ["-F", bench.user.sshConfig, "-o", "BatchMode=yes", "ham0", "true"], {
      encoding: "utf8",
    });
    expect(stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    return bench.ask("ham0", changed);
  },
);

survives("one of several known keys of a type is the host's", { user: knows(ham0("other"), ham0("ed25519")) }, on);

survives(
  "on another port, known as [host]:port",
  {
    breaks: { ham0: "sshd:Port 2222" },
    user: {
      ...knows(ham0("other"), () => `[10.102.0.10]:2222 ${keys.ed25519}`),
      config: (text) => text.replace("root@10.102.0.10", "root@10.102.0.10:2222"),
    },
  },
  on,
);

survives(
  "known by a port or a pattern that is not meant",
  {
    user: knows(
      () => `[10.102.0.10]:2222 ${keys.ed25519}`,
      () => `!10.102.0.10,* ${keys.ed25519}`,
    ),
  },
  (bench) => bench.ask("ham0", unknown),
);

survives(
  "known_hosts has broken lines",
  {
    user: knows(
      () => "10.102.0.10 ssh-ed25519 AAAA",
      () => "\0\xff|1|=",
      () => "@marker",
      ham0("ed25519"),
    ),
  },
  on,
);

for (const transport of ["auto", "ssh"])
  survives(`revoked by a list of RevokedHostKeys, transport = ${transport}`, {}, (bench) => {
    const list = join(bench.home, "revoked");
    writeFileSync(list, `${keys.ed25519}\n`);
    const { sshConfig } = bench.user;
    writeFileSync(sshConfig, `RevokedHostKeys ${list}\n${readFileSync(sshConfig, "utf8")}`);
    const config = join(bench.home, "mclu.conf");
    writeFileSync(config, readFileSync(config, "utf8").replace("[mclu]\n", `[mclu]\ntransport = ${transport}\n`));
    return bench.ask("ham0", {
      ...changed,
      detail: /^the key of 10\.102\.0\.10, SHA256:\S{43}, is revoked in \S+\/revoked$/,
      hint: /^ssh-keygen -lf \S+\/revoked$/,
      seconds: 2,
    });
  });

survives("known_hosts cannot be read", { user: knows(ham0("ed25519")) }, (bench) => {
  chmodSync(bench.user.knownHosts, 0);
  return bench.ask(
    "ham0",
    {
      ...unknown,
      detail: /^10\.102\.0\.10 is not known, for \S+\/known_hosts cannot be read \(EACCES\); it shows SHA256:\S{43}$/,
      hint: /^ls -l \S+\/known_hosts$/,
    },
    [],
    { under: underModes },
  );
});

for (const keyword of ["UserKnownHostsFile", "GlobalKnownHostsFile"])
  survives(`${keyword} is a device without an end, transport = openssh`, { user: knows(ham0("ed25519")) }, (bench) => {
    const { sshConfig } = bench.user;
    writeFileSync(sshConfig, `${keyword} /dev/zero\n${readFileSync(sshConfig, "utf8")}`);
    const config = join(bench.home, "mclu.conf");
    writeFileSync(config, readFileSync(config, "utf8").replace("[mclu]\n", "[mclu]\ntransport = openssh\n"));
    return bench.ask("ham0", {
      ...unknown,
      detail: /^ssh would wait for the end of \/dev\/zero, which is no file but must be one for known_hosts$/,
      hint: /^ls -l \/dev\/zero$/,
    });
  });
