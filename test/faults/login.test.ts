import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { makeSecurityKey } from "../support/security-key.ts";
import { type Bench, wideTerminal } from "./bench.ts";
import { fakeAgent, holds, someKey } from "./fake-agent.ts";
import { matrix } from "./matrix.ts";
import { ownKey } from "./own-key.ts";
import { underModes } from "./under.ts";

const { survives } = matrix("Login: keys, agents, accounts", { net: "10.103.0", nodes: 4, kinds: { ham3: "sudo" } });

const refused = {
  state: "failed",
  reason: "auth",
  detail: /^root was not let in: no key that was offered is accepted$/,
  seconds: 1,
} as const;

/** Lines that come first in the user's ssh_config. */
const configure = (bench: Bench, ...lines: string[]) => {
  const { sshConfig } = bench.user;
  writeFileSync(sshConfig, `${lines.join("\n")}\n${readFileSync(sshConfig, "utf8")}`);
};

describe.concurrent("agents that hang", () => {
  survives("the agent does not say which keys it has", { nodes: ["ham0"] }, async (bench) => {
    configure(bench, await fakeAgent(bench, () => undefined));
    return bench.ask("ham0", { state: "on", seconds: 3 });
  });

  survives("the agent does not sign", { nodes: ["ham1"] }, async (bench) => {
    const path = ownKey(bench);
    const blob = execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" }).split(" ")[1] ?? "";
    configure(bench, await fakeAgent(bench, holds([Buffer.from(blob, "base64")])));
    return bench.ask("ham1", {
      ...refused,
      detail: /^root was not let in: the agent did not sign$/,
      hint: /^ssh-add -l$/,
      seconds: 6.5,
    });
  });
});

survives("the agent answers garbage", {}, async (bench) => {
  configure(bench, await fakeAgent(bench, (socket) => socket.end("\0\0\0\x05\x0c\xff\xff\xff\xff")));
  return bench.ask("ham0", { state: "on", seconds: 1 });
});

survives("the agent's socket is gone", {}, (bench) => {
  configure(bench, `IdentityAgent ${bench.home}/no-agent`);
  return bench.ask("ham0", { state: "on", seconds: 1 });
});

survives("the agent has seven other keys (MaxAuthTries)", {}, async (bench) => {
  configure(bench, await fakeAgent(bench, holds([1, 2, 3, 4, 5, 6, 7].map(someKey))));
  return bench.ask("ham0", {
    ...refused,
    detail: /^root was not let in: Too many authentication failures \(8 keys were there to offer\)$/,
    hint: /^ssh -o IdentitiesOnly=yes root@10\.103\.0\.10$/,
  });
});

survives("the agent has seven other keys, and the right one is named", {}, async (bench) => {
  configure(bench, await fakeAgent(bench, holds([1, 2, 3, 4, 5, 6, 7].map(someKey))));
  const path = ownKey(bench);
  const config = join(bench.home, "mclu.conf");
  writeFileSync(config, readFileSync(config, "utf8").replace("[node.ham0]\n", `[node.ham0]\nidentity = ${path}\n`));
  return bench.ask("ham0", { state: "on", seconds: 1 });
});

survives("no key is accepted", { breaks: { ham1: "auth" } }, (bench) =>
  bench.ask("ham1", { ...refused, hint: /^ssh-copy-id -i \S+\/id_ed25519 root@10\.103\.0\.11$/ }),
);

survives("the key is encrypted, and nobody to ask", {}, (bench) => {
  ownKey(bench, "secret");
  return bench.ask("ham0", {
    ...refused,
    detail: /^root was not let in: \S+\/id_ed25519 wants its passphrase$/,
    hint: /^ssh-add \S+\/id_ed25519$/,
  });
});

survives("the key is encrypted, and the passphrase is typed", {}, async (bench) => {
  ownKey(bench, "secret");
  const argv = ["status", "ham0"];
  const answers = [{ question: /passphrase for key .*: $/, answer: "secret" }];
  const result = await bench.mclu(argv, { pty: { ...wideTerminal, answers } });
  expect(result.stdout).toMatch(/^ham0 +on$/m);
  expect(result.stdout).not.toContain("secret");
  expect(result.code).toBe(0);
  return { argv, result };
});

survives("the key is encrypted, and the passphrase is wrong three times", {}, async (bench) => {
  const path = ownKey(bench, "secret");
  const argv = ["status", "ham0"];
  const wrong = { question: /passphrase for key .*: $/, answer: "wrong" };
  const result = await bench.mclu(argv, { pty: { ...wideTerminal, answers: [wrong, wrong, wrong] } });
  expect(result.stdout).toContain("failed: auth");
  expect(result.stdout).toContain(`try: ssh-add ${path}`);
  expect(result.code).toBe(5);
  return { argv, result, reason: "auth", hint: `ssh-add ${path}` };
});

survives("the key cannot be read", {}, (bench) => {
  chmodSync(ownKey(bench), 0);
  return bench.ask(
    "ham0",
    { ...refused, detail: /^root was not let in: \S+\/id_ed25519 cannot be read$/, hint: /^ls -l \S+\/id_ed25519$/ },
    [],
    { under: underModes },
  );
});

survives("the key may be read by everybody", {}, (bench) => {
  const path = ownKey(bench);
  chmodSync(path, 0o644);
  return bench.ask("ham0", {
    ...refused,
    detail: /^root was not let in: \S+\/id_ed25519 may be read by others$/,
    hint: /^chmod 600 \S+\/id_ed25519$/,
  });
});

survives("the key's file is no key", {}, (bench) => {
  writeFileSync(ownKey(bench), "not a key\n");
  return bench.ask("ham0", {
    ...refused,
    detail: /^root was not let in: \S+\/id_ed25519 is no private key$/,
    hint: /^ssh-keygen -lf \S+\/id_ed25519$/,
  });
});

survives(
  "there is no such user",
  { user: { config: (text) => text.replace("root@10.103.0.10", "nobody-here@10.103.0.10") } },
  (bench) =>
    bench.ask("ham0", {
      ...refused,
      detail: /^nobody-here was not let in: no key that was offered is accepted$/,
      hint: /^ssh-copy-id -i \S+ nobody-here@10\.103\.0\.10$/,
    }),
);

survives("the account has expired", {}, async (bench) => {
  const { enter } = bench.fleet.node("ham3");
  await enter("chage -E 1 admin");
  bench.undo(() => enter("chage -E -1 admin"));
  return bench.ask("ham3", {
    ...refused,
    detail: /^admin was not let in: /,
    hint: /^ssh-copy-id -i \S+ admin@10\.103\.0\.13$/,
  });
});

survives(
  "it wants a password or a code typed",
  { breaks: { ham1: "sshd:AuthenticationMethods keyboard-interactive\nKbdInteractiveAuthentication yes" } },
  (bench) =>
    bench.ask("ham1", {
      ...refused,
      detail: /^root was not let in: the host wants keyboard-interactive and not a key$/,
      hint: /^ssh -v root@10\.103\.0\.11$/,
    }),
);

survives("it wants a certificate", {}, async (bench) => {
  const path = ownKey(bench);
  const authority = join(bench.home, "ca");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", authority]);
  writeFileSync(`${path}.pub`, execFileSync("ssh-keygen", ["-y", "-f", path]));
  execFileSync("ssh-keygen", ["-q", "-s", authority, "-I", "test", "-n", "root", `${path}.pub`], { stdio: "ignore" });
  const { enter } = bench.fleet.node("ham2");
  await enter(`echo '${readFileSync(`${authority}.pub`, "utf8").trim()}' >/etc/ssh/ca.pub`);
  await bench.fleet.fault("ham2", "sshd:TrustedUserCAKeys /etc/ssh/ca.pub\nAuthorizedKeysFile none");
  bench.undo(() => bench.fleet.heal("ham2"));
  return bench.ask("ham2", { state: "on", seconds: 2 });
});

survives("the only key is a FIDO key", {}, async (bench) => {
  const key = makeSecurityKey(bench.home);
  configure(bench, `SecurityKeyProvider ${key.provider}`, `IdentityFile ${key.path}`);
  const { sshConfig } = bench.user;
  writeFileSync(sshConfig, readFileSync(sshConfig, "utf8").replace(/IdentityFile ".*"/, ""));
  await bench.fleet.fault("ham2", "sshd:AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/fido.pub");
  bench.undo(() => bench.fleet.heal("ham2"));
  const { enter } = bench.fleet.node("ham2");
  await enter(`echo '${key.public}' >/etc/ssh/fido.pub; : >/run/fleet/sshd.log`);
  const survived = await bench.ask("ham2", { state: "on", seconds: 2 });
  // it was seen before connecting: no other login was tried
  const log = (await enter("cat /run/fleet/sshd.log")).split("\n").filter((line) => /root|preauth/.test(line));
  const accepted = expect.stringMatching(/^Accepted publickey for root from .* ssh2: ED25519-SK SHA256:/);
  expect(log.filter((line) => !/^Disconnected/.test(line))).toEqual([accepted, accepted]);
  return survived;
});
