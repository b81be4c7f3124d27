import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { startTmux } from "../support/tmux.ts";
import { slack } from "./fleet-user.ts";

const program = fileURLToPath(new URL("../../dist/cli.cjs", import.meta.url));
const hostile = "$(touch OWNED)";
const guests = [
  { name: "web1", active: false },
  { name: "web2", active: true },
  { name: "two words", active: false },
  { name: "disk:a b", active: false },
  { name: hostile, active: false },
  { name: "\x1b]0;x\x07", active: false },
  { name: "twin", active: false },
];

/** A home with a cluster whose guests were seen before, and a `mclu` that writes down what it is called with. */
function world() {
  const home = temporaryDirectory();
  const [bin, cache] = [join(home, "bin"), join(home, ".cache/mclu")];
  for (const directory of [bin, cache]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const config = join(home, "mclu.conf");
  // 192.0.2.0/24 is nobody's: a connection would take its time
  writeFileSync(config, "[nodes]\nham0 = 192.0.2.1\nham1 = 192.0.2.2\n[node.ham1]\ngroups = fast\n");
  const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNkYnAc";
  writeFileSync(join(home, "ssh_config"), `Host cellar\nHost *\n  UserKnownHostsFile ${home}/known_hosts\n`);
  writeFileSync(join(home, "known_hosts"), `attic.example ${key}\n[barn]:2222 ${key}\n`);
  const seen = [
    { node: "ham0", at: 1, guests: guests.map((guest, index) => ({ ...guest, uuid: `${index}` })) },
    { node: "ham1", at: 1, guests: [{ name: "twin", active: false, uuid: "9" }] },
  ];
  const remember = (file: string, version: number, what: unknown) =>
    writeFileSync(join(cache, file), JSON.stringify({ version, clusters: { [config]: what } }), { mode: 0o600 });
  remember("guests.json", 1, seen);
  remember("jobs.json", 2, [{ id: "20261121T134501-aaaa", live: true }]);
  const templates = join(home, "templates");
  mkdirSync(templates);
  writeFileSync(join(templates, "mine.conf"), "[template]\nimage = debian-12\n");
  const script = `#!/bin/sh
[ "$1" = completion ] && exec '${process.execPath}' '${program}' "$@"
for word; do printf '%s|' "$word" >>'${home}/called'; done; echo >>'${home}/called'; echo called\n`;
  writeFileSync(join(bin, "mclu"), script);
  chmodSync(join(bin, "mclu"), 0o755);
  const env = {
    HOME: home,
    PATH: `${bin}:/usr/bin:/bin`,
    MCLU_CONFIG: config,
    MCLU_PATH: templates,
    LC_ALL: "C.UTF-8",
    MCLU_SSH_CONFIG: join(home, "ssh_config"),
    PS1: "ready> ",
    HISTFILE: "/dev/null",
  };
  const called = () => readFileSync(join(home, "called"), "utf8");
  return { home, env, called, owned: () => existsSync(join(home, "OWNED")) };
}

const shells = {
  bash: {
    argv: ["bash", "--norc", "--noprofile", "-i"],
    // what is ambiguous is listed at once
    setUp: "bind 'set show-all-if-ambiguous on'; bind 'set enable-bracketed-paste off'; source <(mclu completion bash)",
  },
  zsh: { argv: ["zsh", "-f", "-i"], setUp: "autoload -Uz compinit; compinit -u -D; source <(mclu completion zsh)" },
  fish: {
    argv: ["fish", "--private"],
    setUp: "function fish_prompt; echo -n 'ready> '; end; mclu completion fish | source",
  },
};

/** The shell reads keys again: on a busy machine a Tab that was typed before that has come to nothing. */
const calledAndReady = /^called\s+ready>$/m;

describe.each(Object.entries(shells))("completion in %s", (_, { argv, setUp }) => {
  async function start() {
    const here = world();
    const shell = startTmux(["sh", "-c", 'cd "$HOME" && exec "$@"', "sh", ...argv], here.env);
    await shell.until(/[>#%$]/);
    shell.type(`${setUp}; echo set up now`);
    shell.press("Enter");
    await shell.until(/^set up now\s+\S*[>#%$]$/m);
    shell.press("C-l");
    return { ...here, shell };
  }

  it("offers what fits: commands, guests that are off for start, nodes and groups", async () => {
    const { shell, called } = await start();
    shell.type("mclu hist");
    shell.press("Tab");
    await shell.until("mclu history");
    shell.press("C-u");
    shell.type("mclu start web");
    shell.press("Tab");
    await shell.until("mclu start web1");
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe("start|web1|\n");
    shell.press("C-l");
    shell.type("mclu start ham1/");
    shell.press("Tab");
    await shell.until("mclu start ham1/twin");
    shell.press("C-u");
    shell.type("mclu status @f");
    shell.press("Tab");
    await shell.until("mclu status @fast");
  });

  it("offers jobs as they were last listed, and the templates of MCLU_PATH", async () => {
    const { shell, called } = await start();
    shell.type("mclu jobs follow ");
    shell.press("Tab");
    await shell.until("mclu jobs follow 20261121T134501-aaaa");
    shell.press("C-u");
    shell.press("C-l");
    shell.type("mclu build mi");
    shell.press("Tab");
    await shell.until("mclu build mine");
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe("build|mine|\n");
  });

  it("evaluates nothing that is typed before the word", async () => {
    const { shell, owned } = await start();
    for (const typed of ["mclu start $(touch OWNED) ", 'mclu start "$(touch OWNED)" ']) {
      shell.type(`${typed}web`);
      shell.press("Tab");
      await shell.until(`${typed}web1`);
      expect(owned()).toBe(false);
      shell.press("C-u");
      shell.press("C-l");
    }
    // entered, it does leave the file
    shell.type("echo $(touch OWNED) entered now");
    shell.press("Enter");
    await shell.until(/^ *entered now/m);
    expect(owned()).toBe(true);
  });

  it("offers the hosts that ssh knows to init", async () => {
    const { shell, called } = await start();
    shell.type("mclu init cel");
    shell.press("Tab");
    await shell.until("mclu init cellar");
    shell.type(" loft=admin@att");
    shell.press("Tab");
    await shell.until(/mclu init cellar +loft=admin@attic\.example/);
    shell.type(" ba");
    shell.press("Tab");
    await shell.until(/mclu init cellar +loft=admin@attic\.example +barn\\?:2222/);
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe("init|cellar|loft=admin@attic.example|barn:2222|\n");
  });

  it("goes on with names that were begun in quotes, behind a backslash, with a colon", async () => {
    const { shell, called } = await start();
    for (const typed of ["'two w", '"two w', "two\\ w"]) {
      shell.type(`mclu start ${typed}`);
      shell.press("Tab");
      await shell.until(/two.+words/);
      shell.press("Enter");
      await shell.until(calledAndReady);
      shell.press("C-l");
    }
    for (const typed of ["mclu start disk:", "mclu start ham1:tw", "mclu start --node=@f"]) {
      shell.type(typed);
      shell.press("Tab");
      await shell.until(/a.+ b|ham1\\?:twin|@fast/);
      shell.press("Enter");
      await shell.until(calledAndReady);
      shell.press("C-l");
    }
    const words = ["two words", "two words", "two words", "disk:a b", "ham1:twin", "--node=@fast"];
    await expect.poll(called, { timeout: 10_000 }).toBe(words.map((word) => `start|${word}|\n`).join(""));
  });

  it("leaves no blank behind what goes on: NAME=, GUEST:", async () => {
    const { shell, called } = await start();
    shell.type("mclu set web1 vc");
    shell.press("Tab");
    await shell.until("vcpus=");
    shell.type("2");
    shell.press("Enter");
    await shell.until(calledAndReady);
    shell.press("C-l");
    shell.type("mclu cp motd web");
    shell.press("Tab");
    await shell.until(/web2\\?:/);
    shell.type("/srv");
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe("set|web1|vcpus=2|\ncp|motd|web2:/srv|\n");
  });

  it("writes hostile names so that the shell takes them as they are, and offers no control characters", async () => {
    const { shell, called, owned } = await start();
    shell.type("mclu start tw");
    shell.press("Tab");
    await shell.until(/two.+words/);
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe("start|two words|\n");
    shell.press("C-l");
    shell.type(argv[0] === "bash" ? "mclu start $" : "mclu start \\$");
    shell.press("Tab");
    await shell.until("OWNED");
    shell.press("Enter");
    await shell.until(calledAndReady);
    await expect.poll(called, { timeout: 10_000 }).toBe(`start|two words|\nstart|${hostile}|\n`);
    expect(owned()).toBe(false);
  });
});

it("is there within 0.3 s, of 5000 guests too", () => {
  const { env, home } = world();
  const guests = Array.from({ length: 5000 }, (_, at) => ({ name: `guest-${at}`, active: false, uuid: `${at}` }));
  const clusters = { [env.MCLU_CONFIG]: [{ node: "ham0", at: 1, guests }] };
  writeFileSync(join(home, ".cache/mclu/guests.json"), JSON.stringify({ version: 1, clusters }), { mode: 0o600 });
  // of the processors: others may use the machine too
  const line = `TIMEFORMAT='%3U %3S'; time '${process.execPath}' '${program}' "$@"`;
  const ask = () => {
    const words = ["completion", "words", "--shell", "bash", "--", "mclu start guest-"];
    const run = spawnSync("bash", ["-c", line, "bash", ...words], { env, encoding: "utf8" });
    expect(run.stdout.split("\n")).toHaveLength(5002);
    return run.stderr.split(" ").reduce((sum, seconds) => sum + Number(seconds), 0);
  };
  // the first run compiles the program
  ask();
  expect(Math.min(ask(), ask(), ask())).toBeLessThan(0.3 * slack);
});

it("offers nothing, and says nothing, where there is no configuration to read", () => {
  const { env } = world();
  const words = ["completion", "words", "--shell", "fish", "--", "start", ""];
  const run = (MCLU_CONFIG: string) =>
    execFileSync(process.execPath, [program, ...words], { env: { ...env, MCLU_CONFIG }, encoding: "utf8" });
  expect(run("/nowhere")).toBe("words\n");
  expect(run(env.MCLU_CONFIG)).toContain("\nweb1\n");
});
