import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { beforeAll, describe, expect, it } from "vitest";
import { temporaryDirectory } from "./support/run-mclu.ts";
import { testDriverUri } from "./support/test-driver.ts";

const entry = fileURLToPath(new URL("../src/cli.ts", import.meta.url));
const modules = fileURLToPath(new URL("../node_modules", import.meta.url));
let program = "";

/** The program as a process of its own, from its source; its words are shell text after `mclu`. */
function shell(words: string, env: Readonly<Record<string, string>> = {}) {
  const home = temporaryDirectory();
  const file = join(home, "mclu.cjs");
  writeFileSync(file, program);
  const config = join(home, "mclu.conf");
  writeFileSync(
    config,
    `[mclu]\ntransport = local\nuri = ${testDriverUri(home, [{ name: "web1" }])}\n[nodes]\nham0 =\n`,
  );
  mkdirSync(join(home, "cache"));
  const own = { PATH: process.env.PATH ?? "", HOME: home, XDG_CACHE_HOME: join(home, "cache"), MCLU_CONFIG: config };
  const mclu = `mclu() { "${process.execPath}" "${file}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync("bash", ["-c", `${mclu}\n${words}`], {
    env: { ...own, ...env },
    encoding: "utf8",
    timeout: 15_000,
  });
  return { code: status, stdout, stderr };
}

beforeAll(async () => {
  const defines = { MCLU_VERSION: '"0.0.0"', MCLU_TEMPLATES: '"../templates"', "import.meta.url": '"file:///"' };
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    platform: "node",
    format: "cjs",
    write: false,
    define: defines,
    external: ["ssh2"],
  });
  program = outputFiles[0]?.text ?? "";
});

describe("a process whose terminal is closed", () => {
  const edit = (change: string) =>
    shell(`mclu edit web1; code=$?; find "$TMPDIR" -name '*.xml' -printf '%m %f\\n'; exit $code`, {
      TMPDIR: temporaryDirectory(),
      EDITOR: `${change}; kill -HUP $PPID; true`,
    });

  it("leaves nothing of a guest's secrets", () => {
    expect(edit(":")).toMatchObject({ code: 129, stdout: "" });
  });

  it("keeps what the user wrote", () => {
    expect(edit('echo >>"$1"')).toMatchObject({ code: 129, stdout: "600 web1.xml\n" });
  });
});

describe("a process that is interrupted, and waits for what does not end", () => {
  it("leaves nothing of a guest's secrets at its last resort", () => {
    // an editor that cannot be told to end, for longer than the last resort waits
    const { code, stdout } = shell(
      `mclu edit web1; code=$?; until [ -e "$TMPDIR/ended" ]; do sleep 0.1; done; find "$TMPDIR" -name '*.xml'; exit $code`,
      { TMPDIR: temporaryDirectory(), EDITOR: 'trap "" INT TERM; kill -TERM $PPID; sleep 7; : >"$TMPDIR/ended"; true' },
    );
    expect({ code, stdout }).toEqual({ code: 130, stdout: "" });
  });
});

describe("a process whose streams are broken", () => {
  it("says what is wrong with stdout, and fails", () => {
    const { code, stderr } = shell("mclu list >/dev/full");
    expect({ code, stderr }).toEqual({ code: 1, stderr: "error: stdout cannot be written: ENOSPC\n" });
  });

  it("is content with a reader that has seen enough", () => {
    expect(shell("mclu list | true; exit $PIPESTATUS")).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it("keeps the exit code of a change that nobody reads of", () => {
    const { code, stderr } = shell("mclu set web1 vcpus=9999 | true; exit $PIPESTATUS");
    expect([code, stderr]).toEqual([6, expect.stringContaining("ham0/web1: vcpus=9999 is more than")]);
  });

  it("keeps the exit code of commands that ended before nobody read of them", () => {
    expect(shell("mclu exec ham0 -o json -- 'echo fine; exit 7' | true; exit $PIPESTATUS").code).toBe(7);
  });

  it.each(["exec ham0 -- 'echo a; sleep 0.3; echo b; sleep 9'", "exec --raw ham0 -- 'yes'"])(
    "does not count what its reader cut off as done: %s",
    (words) => {
      const { code, stderr } = shell(`mclu ${words} | head -1; exit $PIPESTATUS`);
      expect({ code, stderr }).toEqual({ code: 141, stderr: "" });
    },
  );

  it.each(["2>/dev/full", "2>&-", "2> >(exec <&-; sleep 1)"])(
    "keeps its exit code and its answer with %s",
    (redirection) => {
      expect(shell(`mclu xml nosuch ${redirection}`).code).toBe(4);
      expect(
        shell(`mclu exec ham0 -- 'echo oops >&2; sleep 0.3; echo oops >&2; echo fine; exit 7' ${redirection}`),
      ).toMatchObject({
        code: 7,
        stdout: "fine\n",
      });
    },
  );

  it("does not wait for a stderr that broke while a node floods it", () => {
    const flood = "head -c 3000000 /dev/zero >&2; sleep 0.2; head -c 3000000 /dev/zero >&2; exit 7";
    expect(shell(`mclu exec --raw ham0 -- '${flood}' 2> >(exec <&-; sleep 1)`).code).toBe(7);
  });

  it("says that nothing can be read from a directory, before a node is asked", () => {
    const { code, stdout, stderr } = shell("mclu exec -i ham0 -- 'echo ran' </");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: stdin is a directory: a file or a pipe was expected\n {2}\S.*mclu exec -i/);
  });

  it("works without stdin", () => {
    expect(shell("mclu list -o name <&-")).toEqual({ code: 0, stdout: "ham0/web1\n", stderr: "" });
    expect(shell("mclu exec -i ham0 -- 'cat; echo end' <&-")).toMatchObject({ code: 0, stdout: "end\n" });
  });
});

it("says that no more files may be open, however few they are", () => {
  const few = shell("for files in 18 19 20 22 24 26; do (ulimit -n $files; mclu list >/dev/null); done");
  expect(few.stderr).toContain("this machine may open no more files");
  expect(few.stderr).not.toMatch(/bug|Unhandled|TypeError|name another configuration/);
});

it("does nothing where an argument is no UTF-8, which would mean something else", () => {
  const { code, stdout, stderr } = shell("mclu exec ham0 -- printf %s $'caf\\xe9'");
  expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining("an argument is not UTF-8")]);
  expect(shell("mclu exec ham0 -- printf %s $'caf\\xef\\xbf\\xbd'")).toMatchObject({ code: 0, stdout: "caf\ufffd" });
});

it("makes directories that its user may enter, whatever the umask", () => {
  const { stdout } = shell(
    'umask 777; mclu set web1 description=x >&2; find "$HOME/.local" -printf "%m %P\\n" | sort',
    { XDG_CACHE_HOME: "" },
  );
  expect(stdout).toBe("600 state/mclu/journal\n700 \n700 state\n700 state/mclu\n");
});

it.each([
  ["ignores that it is to end", "trap '' TERM; echo no way >&2; exec >&- <&-; sleep 30; :"],
  ["leaves a program that keeps its stderr open", "echo no way >&2; setsid sleep 30 </dev/null >/dev/null & exit 3"],
])("does not wait for a ProxyCommand that %s", (_what, command) => {
  const typed = `cat >ssh_config <<'END'
ProxyCommand sh -c "${command}"
END
printf '[nodes]\\nham0 = root@192.0.2.1\\n' >ham0.conf
ln -s ${modules} node_modules; export MCLU_SSH_CONFIG=$PWD/ssh_config
mclu -f ham0.conf status -o json`;
  const begun = performance.now();
  const { code, stdout } = shell(`cd "$HOME"; ${typed}`);
  expect([code, stdout]).toEqual([5, expect.stringContaining('"reason": "jump"')]);
  expect(performance.now() - begun).toBeLessThan(12_000);
});

it("a proxy for ssh ends once the far end is gone, though ssh keeps its stdin open", () => {
  const server =
    "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(); c, _ = s.accept(); c.close()";
  const typed = `cd "$HOME"; python3 -c '${server}' s & until [ -S s ]; do sleep 0.05; done
mkfifo in; exec 9<>in; mclu ssh-proxy --socket "$HOME/s" <in >out; echo "ended $?"; wait`;
  expect(shell(typed)).toMatchObject({ code: 0, stdout: "ended 0\n" });
});

it("a proxy for ssh that fails while ssh waits says why, and no more", () => {
  const { code, stderr } = shell("set -o pipefail; sleep 1 | mclu ssh-proxy ham0/nobody | cat");
  expect([code, stderr]).toEqual([4, expect.stringMatching(/^error: \S.*\n(?: {2}\S.*\n)*$/)]);
});

it("fails where it waits for what never comes, and nothing is under way", () => {
  const typed = `cd "$HOME"; echo 'require("node:fs/promises").access = () => new Promise(() => undefined);' >never.cjs
printf '[nodes]\nham0 =\n[node.ham0]\nidentity = key\n' >own.conf
export NODE_OPTIONS="--require $PWD/never.cjs"; mclu -f own.conf list`;
  const { code, stdout, stderr } = shell(typed);
  expect([code, stdout, stderr]).toEqual([1, "", expect.stringMatching(/^this is a bug in mclu .*\n$/)]);
});
