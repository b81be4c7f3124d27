import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Bench, BenchRun, Expected, Survived } from "./bench.ts";
import { matrix } from "./matrix.ts";

const { survives } = matrix("This machine", { net: "10.138.0", nodes: 2 });

// how long it takes is not what is tested here, and neither is it where others work on the same machine
const on: Expected = { state: "on", seconds: 8 };
const ask = (bench: Bench, options: BenchRun) => bench.ask("ham0", on, [], { lingers: 1000, ...options });
const list = ["list", "ham0"];
const nothing = "NAME  NODE  STATE  VCPUS  MEMORY\n";

/** Runs a command line under a shell that changes something first; `"$@"` is the program. */
async function run(bench: Bench, argv: readonly string[], shell: string, options: BenchRun = {}): Promise<Survived> {
  const result = await bench.mclu(argv, { lingers: 1000, ...options, under: ["sh", "-c", shell, "-"] });
  return { argv, result };
}

const streams: [string, string, number, string, string][] = [
  ["stdin is closed", 'exec "$@" <&-', 0, nothing, ""],
  ["stdout is closed", 'exec "$@" >&-', 0, "", ""],
  ["stderr is closed", 'exec "$@" 2>&-', 0, nothing, ""],
  ["stdout is on a full disk", 'exec "$@" >/dev/full', 1, "", "error: stdout cannot be written: ENOSPC\n"],
  ["stderr is on a full disk", 'exec "$@" 2>/dev/full', 0, nothing, ""],
  ["its reader has seen enough (| head -1)", '"$@" | head -1', 0, nothing, ""],
  ["its reader does not read at all", '"$@" | true', 0, "", ""],
];
for (const [what, shell, code, stdout, stderr] of streams)
  survives(what, {}, async (bench) => {
    const survived = await run(bench, list, shell);
    expect(survived.result).toMatchObject({ code, stdout, stderr });
    return survived;
  });

const environments: [string, Record<string, string>][] = [
  ["HOME is empty", { HOME: "" }],
  ["HOME does not exist", { HOME: "/proc/nonexistent", XDG_CACHE_HOME: "" }],
  ["the XDG directories are relative", { XDG_CACHE_HOME: "a", XDG_CONFIG_HOME: "b", XDG_STATE_HOME: "c" }],
  ["the XDG directories cannot be written", { XDG_CACHE_HOME: "/proc/1/x", XDG_STATE_HOME: "/dev/null/x" }],
  ["TERM is dumb", { TERM: "dumb" }],
  ["TERM is empty", { TERM: "" }],
  ["there is no TMPDIR to write to", { TMPDIR: "/proc/1" }],
];
for (const [what, env] of environments) survives(what, {}, (bench) => ask(bench, { env }));

survives("HOME is unset", {}, async (bench) => {
  const survived = await run(bench, list, 'unset HOME XDG_CACHE_HOME; exec "$@"');
  expect(survived.result).toMatchObject({ code: 0, stdout: nothing, stderr: "" });
  return survived;
});

survives("the working directory was removed", {}, async (bench) => {
  const survived = await run(bench, list, 'mkdir "$HOME/gone"; cd "$HOME/gone"; rmdir "$HOME/gone"; exec "$@"');
  expect(survived.result).toMatchObject({ code: 0, stdout: nothing, stderr: "" });
  return survived;
});

survives("no more than 40 files may be open", { user: { config: thirtyTwoMore } }, async (bench) => {
  // more at once than can be: which of them fail is chance, but each is a row
  const many = await run(bench, ["status", "-o", "name"], 'ulimit -n 40; exec "$@"');
  expect([0, 3, 5]).toContain(many.result.code);
  expect(many.result.stderr).not.toContain("bug");
  const few = Array.from({ length: 16 }, (_, index) => `n${index}`);
  const survived = await run(bench, ["status", "-o", "name", ...few], 'ulimit -n 40; exec "$@"');
  expect([survived.result.code, survived.result.stdout]).toEqual([0, few.map((name) => `${name}\n`).join("")]);
  return survived;
});

survives("no more than 4 GB of addresses may be used (ulimit -v)", {}, async (bench) => {
  // ssh2 wants more; ssh does not
  const forced = await run(bench, ["status", "-o", "json", "ham0"], 'ulimit -v 4000000; MCLU_TRANSPORT=ssh exec "$@"');
  expect([forced.result.code, forced.result.stdout]).toEqual([5, expect.stringContaining("10 GB of addresses")]);
  const survived = await run(bench, list, 'ulimit -v 4000000; exec "$@"');
  expect(survived.result).toMatchObject({ code: 0, stdout: nothing, stderr: "" });
  return survived;
});

/** The two nodes, and ham0 under 32 more names. */
function thirtyTwoMore(text: string): string {
  const names = Array.from({ length: 32 }, (_, index) => `n${index} = root@10.138.0.10`);
  return text.replace("[nodes]\n", `[nodes]\n${names.join("\n")}\n`);
}

const screens = [
  [40, 24],
  [0, 0],
] as const;
for (const [columns, rows] of screens)
  survives(`a terminal of ${columns} columns and ${rows} rows`, {}, async (bench) => {
    const argv = ["status", "ham0"];
    const result = await bench.mclu(argv, { pty: { columns, rows }, env: { NO_COLOR: "1" } });
    expect(result.code).toBe(0);
    // wherever the terminal wraps it
    const words = result.stdout.split(/\s+/).join(" ");
    expect(words).toMatch(/ham0 on total: \S+ \S+ free: \S+ $/);
    return { argv, result };
  });

const unknownKey = { knownHosts: (text: string) => text.replace(/^ham0,.*\n/m, "") };
survives("a question, and no terminal to ask it on", { user: unknownKey }, async (bench) => {
  const argv = ["trust", "ham0"];
  const result = await bench.mclu(argv, { lingers: 1000 });
  expect(result).toMatchObject({
    code: 6,
    stderr: expect.stringMatching(/^ham0: not trusted; .*\n {2}try: mclu trust ham0 --fingerprint SHA256:\S{43}\n$/),
  });
  return { argv, result };
});

const configurations: [string, string, RegExp][] = [
  ["is a directory", 'mkdir "$c"', /: cannot read it: it is a directory, not a file$/m],
  [
    "is a pipe that nobody writes into",
    'mkfifo "$c"',
    /: cannot read it: it is a pipe, and nobody wrote into it within 2 s$/m,
  ],
  ["has 10 MB", 'head -c 10000000 /dev/zero >"$c"', /: cannot read it: it is larger than 1 MiB$/m],
  ["has a NUL", `printf '[nodes]\\nham\\0000 =\\n' >"$c"`, /:2: a NUL byte: this is not plain text/],
  ["has 1000 wrong lines", `{ echo '[nodes]'; yes 'a =' | head -1001; } >"$c"`, /^and 970 more$/m],
  [
    "has a line of 100 kB",
    `{ echo '[nodes]'; head -c 100000 /dev/zero | tr '\\0' x; } >"$c"`,
    /:2: a line of 100000 characters: at most 10000 are read$/m,
  ],
];
for (const [what, make, message] of configurations)
  survives(`mclu.conf ${what}`, {}, async (bench) => {
    const survived = await run(bench, ["-f", "bad.conf", "status"], `c="$HOME/bad.conf"; ${make}; exec "$@"`, {
      cwd: bench.home,
    });
    expect(survived.result).toMatchObject({ code: 2, stdout: "", stderr: expect.stringMatching(message) });
    return survived;
  });

survives("mclu.conf begins with a byte order mark", { user: { config: (text) => `\ufeff${text}` } }, (bench) =>
  ask(bench, {}),
);

/** Not root, who may read everything: another user, who owns the case's directories. */
/** Root without what lets it into other users' files; the program itself may lie where root alone can read. */
const ordinary = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];

survives("mclu.conf is closed to this user", {}, async (bench) => {
  const argv = ["status"];
  const closed = join(bench.home, "closed.conf");
  writeFileSync(closed, "[nodes]\nham0 =\n", { mode: 0o600 });
  chownSync(closed, 65534, 65534);
  const result = await bench.mclu(argv, { under: ordinary, env: { MCLU_CONFIG: closed } });
  expect(result).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/: cannot read it: permission denied$/m),
  });
  return { argv, result };
});

const damages: [string, (file: string) => void][] = [
  ["are empty", (file) => truncateSync(file)],
  ["are cut off", (file) => truncateSync(file, 1500)],
  ["are garbage", (file) => writeFileSync(file, Buffer.alloc(100_000, "garbage\0\n"))],
  ["have 1 GB", (file) => truncateSync(file, 1e9)],
  ["belong to another user", (file) => chownSync(file, 65534, 65534)],
  ["may be written by everybody", (file) => chmodSync(file, 0o666)],
];
for (const [what, damage] of damages)
  survives(`the files of the cache ${what}`, {}, async (bench) => {
    const cache = await filled(bench);
    for (const file of readdirSync(cache)) damage(join(cache, file));
    await ask(bench, {});
    return ask(bench, {});
  });

survives("the files of the cache are links to elsewhere", {}, async (bench) => {
  const cache = join(bench.home, "cache/mclu");
  const names = readdirSync(await filled(bench));
  const { code } = await bench.mclu(["--version"], {
    under: ["sh", "-c", `rm -r '${cache}'; mkdir '${cache}'; exec "$@"`, "-"],
  });
  expect(code).toBe(0);
  for (const name of names) {
    rmSync(join(cache, name), { force: true });
    symlinkSync("/dev/zero", join(cache, name));
  }
  return ask(bench, {});
});

survives("the cache is closed to this user", {}, async (bench) => {
  mkdirSync(join(bench.home, "cache"), { mode: 0o700 });
  chownSync(join(bench.home, "cache"), 65534, 65534);
  return ask(bench, { under: ordinary });
});

survives("the disk under the cache is full", {}, (bench) => {
  const cache = join(bench.home, "cache");
  mkdirSync(cache);
  const full = `mount -t tmpfs -o size=8k tmpfs '${cache}'; head -c 8192 /dev/zero >'${cache}/full' 2>/dev/null; exec "$@"`;
  return ask(bench, { under: ["unshare", "--mount", "sh", "-c", full, "-"] });
});

survives("no place for temporary files can be written", {}, (bench) => {
  const readOnly = `for d in /tmp /var/tmp; do mount --bind $d $d; mount -o remount,bind,ro $d; done; exec "$@"`;
  return ask(bench, { under: ["unshare", "--mount", "sh", "-c", readOnly, "-"] });
});

/** The directory of a cache that two runs have written. */
async function filled(bench: Bench): Promise<string> {
  await ask(bench, {});
  await ask(bench, {});
  const cache = join(bench.home, "cache/mclu");
  expect(readdirSync(cache).length).toBeGreaterThan(1);
  return cache;
}
