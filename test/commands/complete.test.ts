import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { describeCommands } from "../../scripts/manual/described.ts";
import { forBash, splitTyped } from "../../src/commands/complete/typed-line.ts";
import { startListener } from "../support/fake-sshd.ts";
import { clusterOf } from "../support/guests.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

describe("splitTyped", () => {
  it("takes quotes and backslashes off, and knows the word that is being typed", () => {
    expect(splitTyped("mclu start ")).toEqual({ words: ["mclu", "start"], current: "", raw: "" });
    expect(splitTyped(`mclu  'a b' "c\\"d" e\\ f`)).toEqual({
      words: ["mclu", "a b", 'c"d'],
      current: "e f",
      raw: "e\\ f",
    });
    expect(splitTyped("mclu 'open $(x)")).toEqual({ words: ["mclu"], current: "open $(x)", raw: "'open $(x)" });
    expect(splitTyped("mclu x\\")).toEqual({ words: ["mclu"], current: "x", raw: "x\\" });
  });
});

describe("forBash", () => {
  const breaks = " \t\n\"'@><=;|&(:";

  it("escapes what means something to bash", () => {
    expect(forBash("web1", "we", breaks)).toBe("web1");
    expect(forBash("$(touch x); y", "", breaks)).toBe("\\$\\(touch\\ x\\)\\;\\ y");
    expect(forBash("ä*", "", breaks)).toBe("\\ä\\*");
  });

  it("leaves out what stands before bash's last break character", () => {
    expect(forBash("ham0:web1", "ham0:w", breaks)).toBe("web1");
    expect(forBash("--node=ham0", "--node=h", breaks)).toBe("ham0");
    expect(forBash("@fast/web1", "@fa", breaks)).toBe("@fast/web1");
  });

  it("goes on where the user has quoted, and gives nothing where bash would put it behind a quote", () => {
    expect(forBash("two words", "two\\ w", breaks)).toBe("two\\ words");
    expect(forBash("a:b c", "a\\:b\\ ", breaks)).toBe("a:b\\ c");
    expect(forBash("two words", "'tw", breaks)).toBe("two words");
    expect(forBash("web1", "'we", breaks)).toBe("web1");
    expect(forBash("it's", "'it", breaks)).toBeUndefined();
    expect(forBash('$(x) "y" `z` \\', '"$', breaks)).toBe('\\$(x) \\"y\\" \\`z\\` \\\\');
    expect(forBash("what!", '"wh', breaks)).toBeUndefined();
    // bash would put it behind the quote: w"web1
    expect(forBash("web1", 'w"e', breaks)).toBeUndefined();
    expect(forBash("web1", "'we'", breaks)).toBeUndefined();
  });
});

const templates = () => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "mine.conf"), "[template]\nimage = x\n");
  return directory;
};

describe("completion words", () => {
  async function ask() {
    const config = clusterOf({
      // of those that nobody can tell from others when they are offered, none is
      ham0: [{ name: "web1", state: "shut off" }, { name: "web2" }, { name: "web2\u034f" }, { name: "twin" }],
      ham1: [{ name: "twin" }, { name: "spare", state: "shut off" }],
    });
    const home = temporaryDirectory();
    const env = { XDG_CACHE_HOME: join(home, "cache"), MCLU_PATH: templates(), MCLU_CONFIG: join(home, "mclu.conf") };
    mkdirSync(env.XDG_CACHE_HOME);
    writeFileSync(env.MCLU_CONFIG, config.replace("[node.ham1]\n", "[node.ham1]\ngroups = fast\n"));
    const words = async (...typed: string[]) => {
      const argv = ["completion", "words", "--shell", "zsh", "--", ...typed];
      const { stdout } = await runMclu(argv, { env });
      return stdout.trimEnd().split("\n");
    };
    return { words, look: () => runMclu(["list"], { env }) };
  }

  it("knows guests once they were seen, in the state that fits", async () => {
    const { look, words } = await ask();
    expect(await words("start", "")).toEqual(["words"]);
    await look();
    expect(await words("start", "")).toEqual(["words", "spare", "web1"]);
    expect(await words("stop", "web1", "")).toEqual(["words", "ham0/twin", "ham1/twin", "web2"]);
    expect(await words("info", "ham0/")).toEqual(["words", "ham0/twin", "ham0/web1", "ham0/web2"]);
    expect(await words("info", "web1", "web2", "we")).toEqual(["words"]);
    expect(await words("vm", "start", "--all", "")).toEqual(["words", "spare", "web1"]);
    for (const verb of ["copy", "export", "mark"])
      expect(await words("image", verb, "")).toEqual(["words", "spare", "web1"]);
    expect(await words("image", "unmark", "w")).toEqual(["words", "web1", "web2"]);
    expect(await words("vm", "clone", "--image=")).toEqual(["words", "--image=spare", "--image=web1"]);
    // no guest's name is a volume's
    expect(await words("disk", "add", "web1", "--source", "")).toEqual(["words"]);
  });

  it("offers the guests of the nodes that --node named", async () => {
    const { look, words } = await ask();
    await look();
    expect(await words("stop", "--node", "ham1", "")).toEqual(["words", "twin"]);
    expect(await words("info", "--node=@fast", "")).toEqual(["words", "spare", "twin"]);
    expect(await words("info", "--node", "ham0", "--node=ham1", "s")).toEqual(["words", "spare"]);
    // there it is where the clone goes
    expect(await words("clone", "--node", "ham1", "")).toEqual(["words", "spare", "web1"]);
  });

  it("knows every way to spell a guest: of a group, NODE:GUEST, USER@GUEST, GUEST: for cp", async () => {
    const { look, words } = await ask();
    await look();
    expect(await words("start", "@fast/")).toEqual(["words", "@fast/spare"]);
    expect(await words("stop", "ham0:w")).toEqual(["words", "ham0:web2"]);
    expect(await words("ssh", "root@we")).toEqual(["words", "root@web2"]);
    expect(await words("ssh", "root@ham1/")).toEqual(["words", "root@ham1/twin"]);
    expect(await words("cp", "site.tar", "we")).toEqual(["files", "web2:"]);
    expect(await words("cp", "me@we")).toEqual(["files", "me@web2:"]);
    // -f is an option of its own there, and names no file
    expect(await words("logs", "-f", "-n", "5", "web")).toEqual(["words", "web1", "web2"]);
  });

  it("offers no guest that would be an option there", async () => {
    const home = temporaryDirectory();
    const env = { XDG_CACHE_HOME: home, MCLU_CONFIG: join(home, "mclu.conf") };
    writeFileSync(env.MCLU_CONFIG, clusterOf({ ham0: [{ name: "--all" }, { name: "-y" }, { name: "web1" }] }));
    await runMclu(["list"], { env });
    const words = async (...typed: string[]) => {
      const { stdout } = await runMclu(["completion", "words", "--shell", "zsh", "--", "pause", ...typed], { env });
      return stdout.trimEnd().split("\n");
    };
    expect(await words("")).toEqual(["words", "web1"]);
    expect(await words("ham0/")).toEqual(["words", "ham0/--all", "ham0/-y", "ham0/web1"]);
  });

  it("knows what can be set behind a guest", async () => {
    const { look, words } = await ask();
    await look();
    const names = ["vcpus=", "memory=", "boot=", "description=", "autostart="];
    expect(await words("set", "we")).toEqual(["words", "web1", "web2"]);
    expect(await words("set", "web1", "")).toEqual(["words", "ham0/twin", "ham1/twin", "spare", "web2", ...names]);
    expect(await words("set", "web1", "vcpus=2", "v")).toEqual(["words"]);
    expect(await words("set", "web1", "boot=c")).toEqual(["words", "boot=cdrom"]);
    expect(await words("nic", "set", "web1", "link=")).toEqual(["words", "link=up", "link=down"]);
    expect(await words("nic", "set", "web1", "n")).toEqual(["words", "network="]);
  });

  it("knows commands, options and their values", async () => {
    const { words } = await ask();
    expect(await words("te")).toEqual(["words", "template"]);
    expect(await words("template", "")).toEqual(["words", "list", "show", "validate", "help"]);
    expect(await words("help", "template", "sh")).toEqual(["words", "show"]);
    expect(await words("help", "status", "")).toEqual(["words"]);
    expect(await words("start", "--dr")).toEqual(["words", "--dry-run"]);
    expect(await words("list", "-o", "c")).toEqual(["words", "csv"]);
    expect(await words("list", "--output=c")).toEqual(["words", "--output=csv"]);
    // too many to be shown before one was begun
    expect(await words("build", "plain", "web9", "--ins")).toEqual(["words", "--install"]);
    expect(await words("build", "plain", "web9", "--")).not.toContain("--install");
    const columns = ["name", "node", "state", "vcpus", "memory", "uuid", "note", "seen"];
    expect(await words("list", "--columns", "")).toEqual(["words", ...columns]);
    expect(await words("list", "--columns", "+u")).toEqual(["words", "+uuid"]);
    expect(await words("list", "--columns", "+node,+n")).toEqual(["words", "+node,+name", "+node,+note"]);
    expect(await words("disk", "list", "--columns=guest,disk,s")).toEqual([
      ...["words", "--columns=guest,disk,size", "--columns=guest,disk,source"],
    ]);
    expect(await words("list", "--nothing=c")).toEqual(["words"]);
    expect(await words("start", "--node", "")).toEqual(["words", "ham0", "ham1", "@fast"]);
    expect(await words("start", "--node=@")).toEqual(["words", "--node=@fast"]);
    expect(await words("--fanout", "2", "status", "ham1")).toEqual(["words", "ham1"]);
    expect(await words("build", "mi")).toEqual(["words", "mine"]);
    expect(await words("template", "show", "mi")).toEqual(["words", "mine"]);
    expect(await words("build", "mine", "")).toEqual(["words"]);
    expect(await words("build", "mine", "h")).toEqual(["words", "ham0/", "ham1/"]);
    expect(await words("template", "validate", "mi")).toEqual(["files", "mine"]);
    expect(await words("dump", "")).toEqual(["files"]);
    expect(await words("--config", "")).toEqual(["files"]);
    expect(await words("exec", "ham0", "--", "")).toEqual(["words"]);
  });

  it("reads the configuration that is being typed", async () => {
    const { words } = await ask();
    const file = join(temporaryDirectory(), "other.conf");
    writeFileSync(file, "[nodes]\nelsewhere=\n");
    expect(await words("-f", file, "status", "")).toEqual(["words", "elsewhere"]);
    expect(await words(`--config=${file}`, "status", "")).toEqual(["words", "elsewhere"]);
    expect(await words("-f", "/nowhere", "status", "")).toEqual(["words"]);
  });

  it("offers hosts of ssh_config and known_hosts to init, also where mclu.conf is not there yet", async () => {
    const home = temporaryDirectory();
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUTyz1HwHReFVvD5obVsALAgJRNarH4TRpNkYnAc";
    const files = {
      config: `Host ham0 all\n  UserKnownHostsFile ${home}/known ${home}/pipe\n`,
      known: `ham1,10.0.0.11 ${key}\n[ham2]:2222 ${key}\n::1 ${key}\n`,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text);
    execFileSync("mkfifo", [join(home, "pipe")]);
    const env = { MCLU_SSH_CONFIG: join(home, "config"), MCLU_CONFIG: join(home, "mclu.conf") };
    const words = async (...typed: string[]) => {
      const { stdout } = await runMclu(["completion", "words", "--shell", "zsh", "--", "init", ...typed], { env });
      return stdout.trimEnd().split("\n").slice(1);
    };
    expect(await words("")).toEqual(["ham0", "ham1", "ham2:2222"]);
    expect(await words("ham0", "ham")).toEqual(["ham1", "ham2:2222"]);
    expect(await words("node1=admin@ham1")).toEqual(["node1=admin@ham1"]);
    expect(await words("root@ham2")).toEqual(["root@ham2:2222"]);
    expect(await words("--failed", "")).toEqual(["keep", "leave-out"]);
  });

  it("contacts no node, whatever is completed", { timeout: 120_000 }, async () => {
    let connections = 0;
    const { port } = await startListener((socket) => {
      connections++;
      socket.destroy();
    });
    const config = `[nodes]\nham0 = 127.0.0.1:${port}\n`;
    const { commands } = await describeCommands();
    expect(commands.length).toBeGreaterThan(50);
    for (const { name } of commands) {
      const path = name.split(" ").slice(1);
      for (const typed of [[""], ["ham0/"], ["web1", ""], ["--node", ""]]) {
        const run = await runMclu(["completion", "words", "--shell", "zsh", "--", ...path, ...typed], { config });
        expect([run.code, run.stdout, run.stderr]).toEqual([0, expect.stringMatching(/^(words|files)\n/), ""]);
      }
    }
    expect(connections).toBe(0);
    // it would have been noticed
    expect((await runMclu(["status"], { config })).code).toBe(5);
    expect(connections).toBeGreaterThan(0);
  });

  it("prints a script for each shell", async () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { stdout, code } = await runMclu(["completion", shell]);
      expect([code, stdout]).toEqual([0, expect.stringContaining(`completion words --shell ${shell}`)]);
    }
  });
});
