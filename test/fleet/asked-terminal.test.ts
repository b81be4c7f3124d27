import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { builtProgram } from "../support/run-built.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { startTmux } from "../support/tmux.ts";

/** A shell on a terminal whose settings are known, with a question of mclu's on its screen. */
async function askedInShell(words: readonly string[] = ["destroy", "'web*'"], asked = /\[y\/N\]$/, more = {}) {
  const home = temporaryDirectory();
  writeFileSync(join(home, "mclu.conf"), clusterOf({ ham0: [{ name: "web1" }] }));
  const env = {
    ...{ HOME: home, PATH: process.env.PATH ?? "", MCLU_CONFIG: join(home, "mclu.conf"), LC_ALL: "C.UTF-8" },
    ...{ PS1: "ready> ", HISTFILE: "/dev/null", TMPDIR: home },
    ...more,
  };
  const shell = startTmux(["bash", "--norc", "--noprofile", "-i"], env);
  const enter = (text: string) => {
    shell.type(text);
    shell.press("Enter");
  };
  await shell.until("ready>");
  enter("stty -ixon; set -- $(stty -g); clear");
  enter(`sh -c 'echo $$ >"$HOME/pid"; exec "$@"' - ${builtProgram(words).join(" ")}`);
  await shell.until(asked);
  const end = async (code: number) => {
    enter('echo code $?, settings $([ "$*" = "$(stty -g)" ] && echo same)');
    return await shell.until(new RegExp(`^code ${code}, settings same$`, "m"));
  };
  return { shell, enter, end, home };
}

describe("a question", () => {
  it("is asked again when it was stopped by Ctrl-Z and comes back with fg", async () => {
    const { shell, enter, end } = await askedInShell();
    shell.press("C-z");
    await shell.until(/Stopped[\s\S]*ready>$/);
    enter('clear; echo settings $([ "$*" = "$(stty -g)" ] && echo same)');
    await shell.until(/^settings same$/m);
    enter("clear; fg");
    await shell.until(/\[y\/N\]$/);
    shell.press("n", "Enter");
    await shell.until(/ready>$/);
    expect(await end(6)).not.toContain("bug");
  });

  it("that came back with fg is left with Ctrl-C", async () => {
    const { shell, enter, end } = await askedInShell();
    for (const _ of ["once", "twice"]) {
      shell.press("C-z");
      await shell.until(/Stopped[\s\S]*ready>$/);
      enter("clear; fg");
      await shell.until(/\[y\/N\]$/);
    }
    shell.press("C-c");
    await shell.until(/ready>$/);
    await end(130);
  });

  it("is asked again when somebody stopped it from elsewhere, and its keys are read as they come", async () => {
    const { shell, enter, end, home } = await askedInShell();
    execFileSync("sh", ["-c", `kill -STOP $(cat '${home}/pid')`]);
    await shell.until(/Stopped[\s\S]*ready>$/);
    enter("clear; fg");
    await shell.until(/\[y\/N\]$/);
    // readline's own key, which a terminal that is not raw would keep and show
    shell.type("xy");
    shell.press("C-u");
    await shell.until(/\[y\/N\]$/);
    shell.press("C-e");
    shell.type("n");
    expect(await shell.until(/\[y\/N\].*n$/)).not.toContain("^E");
    shell.press("Enter");
    await shell.until(/ready>$/);
    await end(6);
  });

  it("leaves the terminal as it was when SIGQUIT ends it", async () => {
    const { shell, end } = await askedInShell();
    shell.press("C-z");
    await shell.until(/Stopped[\s\S]*ready>$/);
    shell.type("clear; (sleep 1; kill -QUIT $(cat ~/pid)) & fg");
    shell.press("Enter");
    await shell.until(/Quit/);
    await end(131);
  });
});

it("edit whose editor is at work ends by SIGTERM, and says where the text is", async () => {
  const editor = `sed -i 's|<name>|<title>mine</title><name>|' "$1"; echo editing; sleep 50; :`;
  const { shell, end, home } = await askedInShell(["edit", "web1"], /^editing$/m, { EDITOR: editor });
  execFileSync("sh", ["-c", `kill -TERM $(cat '${home}/pid')`]);
  const text = /^what you wrote is in (\/\S+)$/m.exec(
    await shell.until(/what you wrote is in .+\n[\s\S]*ready>$/, 3),
  )?.[1];
  expect(readFileSync(text ?? "", "utf8")).toContain("<title>mine</title>");
  await end(130);
});
