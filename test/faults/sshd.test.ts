import { once } from "node:events";
import { connect } from "node:net";
import { describe } from "vitest";
import { matrix } from "./matrix.ts";

const { survives } = matrix("SSH server", { net: "10.101.0", nodes: 5, kinds: { ham4: "sudo" } });

/** Said of a server that does not come to the end of a handshake. */
const slow = (node: number) =>
  ({
    state: "failed",
    reason: "slow",
    detail: /^no SSH handshake within 8 s/,
    hint: new RegExp(`^ssh -v root@10\\.101\\.0\\.1${node}$`),
    seconds: 8,
  }) as const;

describe.concurrent("servers that say too little", () => {
  survives("accepts and says nothing", { nodes: ["ham0"], breaks: { ham0: "silent" } }, (bench) =>
    bench.ask("ham0", slow(0)),
  );

  survives("stops after its banner", { nodes: ["ham1"], breaks: { ham1: "banner-only" } }, (bench) =>
    bench.ask("ham1", slow(1)),
  );

  survives("sshd is frozen", { nodes: ["ham2"], cutOff: ["ham2"], breaks: { ham2: "sshd-frozen" } }, (bench) =>
    bench.ask("ham2", slow(2)),
  );
});

/** Said of ham1. */
const hint = /^ssh -v root@10\.101\.0\.11$/;

survives("closes after its banner", { breaks: { ham1: "banner-closed" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "lost",
    detail: /^the server closed the connection before the login \(MaxStartups\?\)$/,
    hint,
    seconds: 1,
  }),
);

survives("it speaks no SSH", { breaks: { ham1: "not-ssh" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "protocol",
    detail: /^no SSH greeting from 10\.101\.0\.11 port 22, but "HTTP\/1\.1 400 Bad Request"$/,
    hint,
    seconds: 1,
  }),
);

survives("MaxStartups drops the connection", { breaks: { ham1: "max-startups" } }, async (bench) => {
  const first = connect(22, "10.101.0.11");
  bench.undo(() => first.destroy());
  await once(first, "data");
  const survived = await bench.ask("ham1", {
    state: "failed",
    reason: "protocol",
    detail: /^no SSH greeting from 10\.101\.0\.11 port 22, but "Exceeded MaxStartups"$/,
    hint,
    seconds: 1,
  });
  first.destroy();
  return survived;
});

survives("MaxSessions 1", { breaks: { ham1: "max-sessions" } }, (bench) =>
  bench.ask("ham1", { state: "on", seconds: 1 }),
);

survives("MaxSessions 0: a login that may run nothing", { breaks: { ham1: "sshd:MaxSessions 0" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "denied",
    detail: /^sshd opens no session \(MaxSessions\)$/,
    hint: /^ssh root@10\.101\.0\.11 true$/,
    seconds: 2,
  }),
);

survives(
  "closes the connection after the login",
  { breaks: { ham1: "sshd:ChrootDirectory /nonexistent/directory" } },
  (bench) =>
    bench.ask("ham1", {
      state: "failed",
      reason: "protocol",
      detail: /^no POSIX shell answered \(exit code 255\)$/,
      hint: /^ssh root@10\.101\.0\.11 sh -c true$/,
      seconds: 1,
    }),
);

survives(
  "offers only a key exchange that ssh2 lacks",
  { breaks: { ham1: "sshd:KexAlgorithms sntrup761x25519-sha512@openssh.com" } },
  (bench) => bench.ask("ham1", { state: "on", seconds: 2 }),
);

survives("offers nothing that OpenSSH would accept", { breaks: { ham1: "sshd:Ciphers aes256-cbc" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "protocol",
    detail: /^Unable to negotiate with .*: no matching cipher found\. Their offer: aes256-cbc$/,
    hint,
    seconds: 2,
  }),
);
