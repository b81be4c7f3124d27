import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { listedLines } from "../docs/line-list.ts";
import { builtProgram } from "../support/run-built.ts";
import { startOnTerminal, type TerminalSession } from "../support/terminal-session.ts";
import { freePort, greetingOf, makeDocumented, makeFiles } from "./documented-guest.ts";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";
const ownFile = "test/fleet/guest-ssh.test.ts";

/** The words behind `mclu` of a line. */
const wordsOf = (line: string) =>
  [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", "")).slice(1);

/** Lines of the documents that want somebody at a terminal: what that one does. */
const atTerminal: Readonly<Record<string, (session: TerminalSession, port: number) => Promise<void>>> = {
  "mclu ssh web1": async (session) => {
    await session.until(/# /);
    session.type("echo $((6 * 7)) on $(tty)\r");
    await session.until(/42 on \/dev\/pts\//);
    session.type("exit\r");
  },
  "mclu ssh -t web1 top": async (session) => {
    await session.until(/q leaves/);
    session.type("q");
  },
  // but for the port here, which may be somebody's
  "mclu ssh -o LocalForward='8080 localhost:80' web1": async (session, port) => {
    await session.until(/# /);
    expect(await greetingOf(port)).toMatch(/^SSH-2\.0-/);
    session.type("exit\r");
  },
};

describe("ssh to guests through their nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let guest: FleetGuest;
  let temporary: string;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.158.0", nodes: 2, kinds: { ham0: "jump" } });
    user = await fleetUser(fleet, { config: (text) => text.replace("[mclu]\n", "[mclu]\nfanout = 8\n") });
    temporary = join(user.home, "tmp");
    await mkdir(temporary);
    const [first] = await fleet.define("ham0", ["web1"], { template: "debian", start: true });
    if (!first) throw new Error("no guest");
    guest = first;
    await fleet.define("ham1", ["off1"], { template: "none" });
    const ready = await user.mclu(["wait", "web1", "--for", "agent", "--timeout", "300"], { limit: 310_000 });
    expect(ready).toMatchObject({ code: 0 });
    const key = await fleet.node("ham1").enter("cat /root/.ssh/authorized_keys");
    await fleet.node("ham0").enter(`echo '${key.trim()}' >/tmp/key; ${virsh} set-user-sshkeys web1 root /tmp/key`);
    const open = await user.mclu(["wait", "web1", "--for", "ssh", "--timeout", "300"], { limit: 310_000 });
    expect(open).toMatchObject({ code: 0 });
  }, 700_000);
  afterAll(async () => await fleet?.down());

  /** A line of shell in which `$mclu` is the built program, and what it left. */
  const shell = (line: string, who = user) =>
    new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
      const env = { ...who.env, HOME: user.home, TMPDIR: temporary, NO_COLOR: "1", mclu: builtProgram([]).join(" ") };
      const child = execFile("sh", ["-c", line], { env, cwd: user.home }, (_error, stdout, stderr) =>
        resolve({ code: child.exitCode, stdout, stderr }),
      );
    });
  const knownHosts = () => join(user.home, ".local/state/mclu/known_hosts");

  it("runs a command, passes both streams, binary input and the exit code on, and remembers the key by UUID", async () => {
    await writeFile(join(user.home, "data"), randomBytes(700_001));
    const run = await shell("$mclu ssh web1 -- 'cat; echo trouble >&2; exit 7' <data >copy");
    expect(run.code).toBe(7);
    expect(run.stderr).toContain("trouble\n");
    expect(readFileSync(join(user.home, "copy")).equals(readFileSync(join(user.home, "data")))).toBe(true);
    expect(readFileSync(knownHosts(), "utf8")).toMatch(new RegExp(`^${guest.uuid} ssh-ed25519 \\S+\n$`));
    expect(statSync(knownHosts()).mode & 0o777).toBe(0o600);
    const again = await shell(`$mclu ssh root@ham0/${guest.uuid} echo 'two  words'`);
    expect(again).toEqual({ code: 0, stdout: "two words\n", stderr: "" });
    await expectNothingLeft(fleet.nodes);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("copies files both ways, whatever they are called", async () => {
    const name = "a:b c$(d)'";
    await writeFile(join(user.home, name), "content");
    expect(
      await shell(`$mclu cp "./$(printf '%s' "$NAME")" web1:/root/there`.replace("$NAME", "a:b c\\$(d)'")),
    ).toMatchObject({
      code: 0,
    });
    expect(await shell("$mclu cp -r ham0/web1:/root/there ./here")).toMatchObject({ code: 0 });
    expect(readFileSync(join(user.home, "here"), "utf8")).toBe("content");
    expect(await shell("$mclu ssh web1 'echo more >/root/more'")).toMatchObject({ code: 0 });
    const several = await shell("mkdir both && $mclu cp web1:/root/there web1:/root/more both");
    expect([several.code, readdirSync(join(user.home, "both"))], several.stderr).toEqual([0, ["more", "there"]]);
    expect((await shell("$mclu cp web1:/nowhere ./x")).code).not.toBe(0);
    expect(await shell("$mclu cp web1:/x ham1/off1:/y")).toMatchObject({ code: 2 });
  });

  it("ends with 255 for what it could not run, and with 2 for wrong usage", async () => {
    const off = await shell("$mclu ssh off1 true");
    expect([off.code, off.stderr]).toEqual([
      255,
      "error: off1 cannot be reached: it is shut off\n  mclu start ham1/off1\n",
    ]);
    expect(await shell("$mclu ssh nobody true")).toMatchObject({ code: 255 });
    expect(await shell("$mclu ssh")).toMatchObject({ code: 2 });
    const closed = await shell("$mclu ssh -P 2 web1 true");
    expect(closed.code).toBe(255);
    expect(closed.stderr).toContain("ham0 could not connect to web1");
  });

  it("goes through the system's ssh as well", async () => {
    const config = (text: string) => text.replace("[mclu]\n", "[mclu]\ntransport = openssh\n");
    const run = await shell("$mclu ssh web1 'cat; exit 5' <data | cmp - data", await fleetUser(fleet, { config }));
    expect(run).toMatchObject({ code: 0, stdout: "" });
  });

  it("gives ssh itself a way to the guest", async () => {
    const written = await shell("$mclu ssh-config >config");
    expect(written).toEqual({ code: 0, stdout: "", stderr: "" });
    const including = `Include ${join(user.home, "config")}\nInclude ${user.sshConfig}\n`;
    await writeFile(join(user.home, "including"), including);
    for (const host of ["web1", "ham0/web1", "off1"]) {
      const { code, stdout } = await shell(`ssh -F including -G ${host}`);
      expect([code, stdout]).toEqual([
        0,
        expect.stringMatching(/^proxycommand env .* ssh-proxy ham[01]\/[0-9a-f-]{36}$/m),
      ]);
    }
    expect(await shell("ssh -F including web1 'cat; exit 4' <data | cmp - data")).toMatchObject({ code: 0 });
    expect(await shell("ssh -F including ham0/web1 'exit 4'")).toMatchObject({ code: 4 });
  });

  it.each([
    [
      "$mclu ssh web1",
      "error: the connection to web1 is gone: ham0 failed: lost: the connection was lost\n  mclu status",
    ],
    ["ssh -F including web1", "error: ham0 failed: lost: the connection was lost\n  mclu status"],
  ])("says when the connection to the node is lost in the middle of %s", async (ssh, said) => {
    const heard = `heard-${randomBytes(4).toString("hex")}`;
    await writeFile(join(user.home, heard), "");
    const running = shell(`${ssh} 'echo in; sleep 300' >${heard}`);
    await expect.poll(() => readFileSync(join(user.home, heard), "utf8"), { timeout: 60_000 }).toBe("in\n");
    await fleet.node("ham0").enter("pkill -KILL -f '[s]shd: root@notty'");
    const { code, stderr } = await running;
    expect(code).toBe(255);
    expect(stderr).toContain(said);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("gives Ansible an inventory that it reads, and can log in by", async () => {
    expect(await shell("$mclu inventory >hosts.ini")).toEqual({ code: 0, stdout: "", stderr: "" });
    const { stdout } = await shell("$mclu inventory --list");
    const listed = JSON.parse(stdout) as { _meta: { hostvars: Record<string, Record<string, string>> } };
    expect(listed).toMatchObject({ node_ham0: { hosts: ["web1"] } });
    const variables = listed._meta.hostvars["web1"] ?? {};
    expect(variables).toMatchObject({ ansible_user: "root", mclu_node: "ham0", mclu_uuid: guest.uuid });
    // as Ansible reads a line: words of a shell, values as Python has them
    const strict = `import ast, json, shlex
line = [l for l in open("hosts.ini") if l.startswith("web1 ")][0]
print(json.dumps({k: ast.literal_eval(v) for k, v in (w.split("=", 1) for w in shlex.split(line)[1:])}))`;
    await writeFile(join(user.home, "strict.py"), strict);
    expect(JSON.parse((await shell("python3 strict.py")).stdout)).toEqual(variables);
    const login = await shell(`ssh -F ${user.sshConfig} -l root ${variables["ansible_ssh_common_args"]} web1 'exit 6'`);
    expect(login).toMatchObject({ code: 6 });
    const read = await shell("ansible-inventory -i hosts.ini --list");
    expect(JSON.parse(read.stdout)).toMatchObject({
      _meta: { hostvars: { web1: variables } },
      node_ham0: { hosts: ["web1"] },
    });
    const script = join(user.home, "guests");
    await writeFile(script, `#!/bin/sh\nexec ${builtProgram(["inventory"]).join(" ")} "$@"\n`, { mode: 0o755 });
    expect(JSON.parse((await shell(`ansible-inventory -i ${script} --list`)).stdout)).toMatchObject({
      _meta: { hostvars: { web1: variables } },
    });
    const settings = `export ANSIBLE_LOCAL_TEMP=$PWD/ansible ANSIBLE_SSH_ARGS='-F ${user.sshConfig} -o ControlPath=none'`;
    for (const inventory of ["hosts.ini", script]) {
      const typed = await shell(`${settings}; ansible -i ${inventory} all -m raw -a 'uname -n; exit 3'`);
      expect([typed.code, typed.stdout], typed.stderr).toEqual([
        2,
        expect.stringMatching(/web1 \| FAILED \| rc=3 >>\s+debian\s/),
      ]);
    }
  });

  it("does what the documents tell to type", { timeout: 240_000 }, async () => {
    const lines = listedLines().filter((line) => line.how === "tested" && line.files.includes(ownFile));
    expect(lines.length).toBeGreaterThan(9);
    await writeFile(join(user.home, "documented"), makeDocumented);
    expect(await shell("$mclu ssh web1 sh -s <documented")).toMatchObject({ code: 0 });
    await makeFiles(user.home);
    const typed = (line: string) =>
      `mclu() { $mclu "$@"; }; export ANSIBLE_LOCAL_TEMP=$PWD/ansible ANSIBLE_SSH_ARGS='-F ${user.sshConfig} -o ControlPath=none'\n${line}`;
    for (const { text } of lines.filter((line) => !(line.text in atTerminal))) {
      const { code, stderr } = await shell(typed(text));
      expect([text, code], stderr).toEqual([text, 0]);
    }
    const copied = ["notes.txt", "logs/access.log"].map((file) => readFileSync(join(user.home, file), "utf8"));
    expect(copied).toEqual(["remember\n", "GET\n"]);
    expect(await shell("$mclu ssh web1 cat /srv/site/index.html /srv/site.tar")).toMatchObject({
      stdout: "hello\na tar file\n",
    });
    expect(Object.keys(atTerminal).filter((text) => !lines.some((line) => line.text === text))).toEqual([]);
    for (const [text, play] of Object.entries(atTerminal)) {
      const port = await freePort();
      const session = startOnTerminal(wordsOf(text.replace("8080", String(port))), { ...user.env, NO_COLOR: "1" });
      onTestFinished(() => session.kill("SIGTERM"));
      await play(session, port);
      expect([text, await session.ended]).toMatchObject([text, { code: 0, changed: false }]);
    }
    await expectNothingLeft(fleet.nodes);
  });

  it("refuses another key of the same guest", async () => {
    const before = readFileSync(knownHosts(), "utf8");
    await shell("ssh-keygen -q -t ed25519 -N '' -C '' -f other </dev/null");
    const other = `${guest.uuid} ${readFileSync(join(user.home, "other.pub"), "utf8").trim()}\n`;
    await writeFile(knownHosts(), other);
    const run = await shell("$mclu ssh web1 echo in");
    expect([run.code, run.stdout]).toEqual([255, ""]);
    expect(run.stderr).toContain("REMOTE HOST IDENTIFICATION HAS CHANGED");
    expect(readFileSync(knownHosts(), "utf8")).toBe(other);
    await writeFile(knownHosts(), before);
  });
});
