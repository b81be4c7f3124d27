import { expect } from "vitest";
import type { Expected } from "./bench.ts";
import { matrix } from "./matrix.ts";
import { bashrc, break_, changePrograms, wrap } from "./on-node.ts";

const { survives } = matrix("Login and programs on the node", {
  net: "10.137.0",
  nodes: 2,
  kinds: { ham1: "sudo" },
});

const on: Expected = { state: "on", seconds: 8 };
const noShell = (detail: RegExp, login: string): Expected => ({
  state: "failed",
  reason: "protocol",
  detail,
  hint: new RegExp(`^ssh ${login} sh -c true$`),
  seconds: 5,
});
const root = "root@10\\.137\\.0\\.10";
const admin = "admin@10\\.137\\.0\\.11";

survives("sudo wants a password", { breaks: { ham1: "sudo-password" } }, (bench) =>
  bench.ask("ham1", {
    state: "failed",
    reason: "denied",
    detail: /^sudo -n was refused: sudo: a password is required$/,
    hint: new RegExp(`^ssh ${admin} sudo -n true$`),
    seconds: 5,
  }),
);

survives("sudo is not installed", {}, async (bench) => {
  await changePrograms(bench, "ham1", "rm sudo");
  return bench.ask("ham1", {
    state: "failed",
    reason: "denied",
    detail: /^sudo -n was refused: .*sudo: command not found$/,
    hint: new RegExp(`^ssh ${admin} sudo -n true$`),
    seconds: 5,
  });
});

const sudoers = "/etc/sudoers.d/zz-fault";
survives("sudo prints a lecture", {}, async (bench) => {
  await break_(bench, "ham1", `echo 'Defaults lecture = always' >${sudoers}`, `rm ${sudoers}`);
  return bench.ask("ham1", on);
});

survives("sudo prints a lecture and wants a password", { breaks: { ham1: "sudo-password" } }, async (bench) => {
  await break_(bench, "ham1", `echo 'Defaults lecture = always' >${sudoers}`, `rm ${sudoers}`);
  return bench.ask("ham1", {
    state: "failed",
    reason: "denied",
    detail: /^sudo -n was refused: sudo: a password is required$/,
    seconds: 5,
  });
});

survives("sudo wants a terminal (requiretty)", {}, async (bench) => {
  await break_(bench, "ham1", `echo 'Defaults requiretty' >${sudoers}`, `rm ${sudoers}`);
  return bench.ask("ham1", {
    state: "failed",
    reason: "denied",
    detail: /^sudo -n was refused: sudo: sorry, you must have a tty to run sudo$/,
    hint: new RegExp(`^ssh ${admin} sudo -n true$`),
    seconds: 5,
  });
});

for (const shell of ["tcsh", "fish", "dash", "zsh", "rbash"]) {
  survives(
    `the login shell is ${shell}`,
    { breaks: { ham0: `shell:/usr/bin/${shell}`, ham1: `shell:/usr/bin/${shell}` } },
    async (bench) => {
      await bench.ask("ham1", on);
      const { stdout } = await bench.mclu(["exec", "ham0", "--", "printf", "%s.", "it's", "$HOME"]);
      expect(stdout).toContain("it's.$HOME.");
      return bench.ask("ham0", on);
    },
  );
}

const unavailable = /^no POSIX shell answered \(exit code 1\): This account is currently not available\.$/;
survives("the login shell is nologin", { breaks: { ham0: "shell:/usr/sbin/nologin" } }, (bench) =>
  bench.ask("ham0", noShell(unavailable, root)),
);

survives(
  "the login shell is nologin, and sudo would come next",
  { breaks: { ham1: "shell:/usr/sbin/nologin" } },
  async (bench) => {
    const exec = await bench.mclu(["exec", "ham1", "--", "id"]);
    expect(exec.stderr).toMatch(/no POSIX shell answered/);
    return bench.ask("ham1", noShell(unavailable, admin));
  },
);

survives("the login shell prints a menu and ends", {}, async (bench) => {
  await break_(
    bench,
    "ham0",
    `printf '#!/bin/sh\\necho "1) status  2) quit"\\necho "goodbye"\\n' >/run/fleet/menu; chmod +x /run/fleet/menu
sed -i 's,^\\(root:.*:\\).*,\\1/run/fleet/menu,' /etc/passwd`,
    "sed -i 's,^\\(root:.*:\\).*,\\1/bin/bash,' /etc/passwd",
  );
  return bench.ask("ham0", noShell(/^no POSIX shell answered \(exit code 0\): goodbye$/, root));
});

survives(
  "banner, motd and .bashrc write to both streams",
  { breaks: { ham0: "noise", ham1: "noise" } },
  async (bench) => {
    const { stdout } = await bench.mclu(["exec", "--raw", "ham0", "--", "echo", "alone"]);
    expect(stdout).toBe("alone\n");
    await bench.ask("ham1", on);
    return bench.ask("ham0", on);
  },
);

survives(".bashrc exits", {}, async (bench) => {
  await bashrc(bench, "ham0", "echo 'not for you'; exit 3");
  return bench.ask("ham0", noShell(/^no POSIX shell answered \(exit code 3\): not for you$/, root));
});

survives(".bashrc becomes another program", {}, async (bench) => {
  await bashrc(bench, "ham0", "exec cat");
  return bench.ask(
    "ham0",
    {
      state: "failed",
      reason: "slow",
      detail: /^no answer within 5 s$/,
      hint: new RegExp(`^ssh ${root} uptime$`),
      seconds: 5,
    },
    ["--read-timeout", "2"],
  );
});

survives(".bashrc sleeps longer than the deadline", {}, async (bench) => {
  await bashrc(bench, "ham0", "sleep 60");
  const slow = { state: "failed", reason: "slow", detail: /^no answer within 4 s$/, seconds: 4 } as const;
  const survived = await bench.ask("ham0", slow, ["--read-timeout", "1"]);
  // the login's own sleep is nobody else's to end; after it the shell finds that nobody is there any more
  await bench.fleet.node("ham0").enter("pkill -f '[s]leep 60'");
  return survived;
});

survives("100 MB of .bashrc's noise before the answer", {}, async (bench) => {
  await bashrc(bench, "ham0", "head -c 100000000 /dev/zero | tr '\\0' x");
  return bench.ask("ham0", {
    state: "failed",
    reason: "protocol",
    detail: /^more than 64 MiB of output$/,
    seconds: 10,
  });
});

survives("100 MB of .bashrc's noise on stderr", {}, async (bench) => {
  await bashrc(bench, "ham0", "head -c 100000000 /dev/zero | tr '\\0' x >&2");
  return bench.ask("ham0", { ...on, seconds: 15 });
});

/** A virsh that speaks German to everybody whose messages are not C's. */
const german = `if [ "$LC_ALL" = C ] && [ "$LANGUAGE" = C ]; then exec /usr/bin/virsh "$@"; fi
echo 'CPU-Modell: x86_64'`;
survives("the node speaks German", {}, async (bench) => {
  await bashrc(bench, "ham0", "export LC_ALL=de_DE.UTF-8 LANG=de_DE.UTF-8 LANGUAGE=de");
  await wrap(bench, "ham0", "virsh", german);
  return bench.ask("ham0", on);
});

survives("this machine speaks Japanese", {}, (bench) =>
  bench.ask("ham0", on, [], { env: { LC_ALL: "ja_JP.UTF-8", LANG: "ja_JP.UTF-8", LANGUAGE: "ja" } }),
);

for (const program of ["timeout", "mktemp"])
  survives(`no ${program} on the node`, {}, async (bench) => {
    await changePrograms(bench, "ham0", `rm ${program}`);
    return bench.ask("ham0", on);
  });

survives("busybox instead of every program it has", {}, async (bench) => {
  await changePrograms(bench, "ham0", "for p in $(busybox --list); do ln -sf /run/fleet/bin/busybox $p; done");
  const { stdout } = await bench.mclu(["exec", "--raw", "ham0", "--", "readlink", "/usr/bin/sh"]);
  expect(stdout).toBe("/run/fleet/bin/busybox\n");
  return bench.ask("ham0", on);
});

survives("no qemu-img on the node", {}, async (bench) => {
  await changePrograms(bench, "ham0", "rm qemu-img");
  return bench.ask("ham0", on);
});

survives("/tmp, /var/tmp and /run are full", {}, async (bench) => {
  const places = "/tmp /var/tmp /run/user";
  await break_(
    bench,
    "ham0",
    `mkdir -p /run/user; for d in ${places}; do mount -t tmpfs -o size=4k tmpfs $d; head -c 4096 /dev/zero >$d/full; done`,
    `umount -l ${places}`,
  );
  return bench.ask("ham0", on);
});

survives("/tmp and the home directory are read-only", {}, async (bench) => {
  await break_(
    bench,
    "ham0",
    "for d in /tmp /root; do mount --bind -o ro $d $d; mount -o remount,bind,ro $d; done",
    "umount -l /tmp /root",
  );
  return bench.ask("ham0", on);
});

survives("the disk of the images is full", { breaks: { ham0: "disk-full" } }, async (bench) => {
  await bench.fleet.node("ham0").enter("head -c 20000000 /dev/zero >/var/lib/libvirt/images/full || true");
  return bench.ask("ham0", on);
});

survives(
  "the login may start no more processes",
  { user: { config: (text) => text.replace("become = sudo", "") } },
  async (bench) => {
    await bashrc(bench, "ham1", "ulimit -u 1");
    return bench.ask("ham1", noShell(/: Cannot fork$/, admin));
  },
);

survives("the node's clock is years off", {}, async (bench) => {
  await bashrc(bench, "ham0", "export LD_PRELOAD=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 FAKETIME=-20y");
  const { stdout } = await bench.mclu(["exec", "--raw", "ham0", "--", "date", "+%Y"]);
  expect(Number(stdout)).toBeLessThan(new Date().getFullYear() - 15);
  return bench.ask("ham0", on);
});

survives("this machine's clock is years off", {}, (bench) => {
  const env = {
    LD_PRELOAD: "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    FAKETIME: "+20y",
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  };
  return bench.ask("ham0", on, [], { env });
});
