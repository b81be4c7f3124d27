import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const odd = ["a b", "web[1:3]", "-x", "*", "$(id)", "it's", "{{ x }}", "web1,web2", "#c"];
const id = "00000000-0000-4000-8000-00000000000";
const config = () =>
  clusterOf({
    ham0: [{ name: "web1" }, { name: "twice" }, { name: "off1", state: "shut off" }, { name: "all" }],
    ham1: [
      { name: "twice", uuid: "00000000-0000-4000-8000-0000000000d0" },
      ...odd.map((name, index) => ({ name, uuid: `00000000-0000-4000-8000-0000000001${index}0` })),
    ],
  }).replace("[node.ham0]\n", "[node.ham0]\ngroups = fast\n");

describe("ssh-config", () => {
  it("prints blocks that ssh accepts, for every guest whose name means nothing else", async () => {
    const run = await runMclu(["ssh-config"], { config: config() });
    expect(run.code).toBe(0);
    const hosts = [...run.stdout.matchAll(/^Host (.*)$/gm)].map(([, names]) => names);
    expect(hosts).toEqual(["all ham0/all", "off1 ham0/off1", "ham0/twice", "web1 ham0/web1", "ham1/twice"]);
    for (const name of odd) expect(run.stderr).toContain(`warning: ham1/${name} is left out`);
    expect(run.stderr).toContain("warning: twice is on ham0 and ham1: type ham0/twice\n");
    const file = join(temporaryDirectory(), "config");
    writeFileSync(file, run.stdout);
    const settings = execFileSync("ssh", ["-F", file, "-G", "web1"], { encoding: "utf8" });
    expect(settings).toMatch(/^hostkeyalias 00000000-0000-4000-8000-000000000000$/m);
    expect(settings).toMatch(
      /^proxycommand mclu -f \S+\/mclu\.conf ssh-proxy ham0\/00000000-0000-4000-8000-000000000000$/m,
    );
    expect(settings).toMatch(/^user root$/m);
  });

  it("leads nobody to a guest who asks for a node, by its name or by its host", async () => {
    const guests = ["ham1", "10.0.0.9", "web1"].map((name, index) => ({ name, uuid: `${id}${index}` }));
    const file = clusterOf({ ham0: guests, ham1: [] }).replace("[nodes]\n", "[nodes]\nham9 = root@10.0.0.9\n");
    const run = await runMclu(["ssh-config", "--node", "ham0"], { config: file });
    const hosts = [...run.stdout.matchAll(/^Host (.*)$/gm)].map(([, names]) => names);
    expect(hosts).toEqual(["ham0/10.0.0.9", "ham0/ham1", "web1 ham0/web1"]);
    expect(run.stderr).toContain("warning: ham1 is a node: for the guest type ham0/ham1\n");
    const listed = await runMclu(["inventory", "--list", "--node", "ham0"], { config: file });
    expect(Object.keys(JSON.parse(listed.stdout)._meta.hostvars)).toEqual(["web1"]);
  });

  it("takes no name over from a host on the way to a node, nor from one whose key the user trusts", async () => {
    const home = temporaryDirectory();
    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKAQ5gFM+fDTYHLXxYIKgkPbDXAfFSJ3NxS3y5bUXJbw";
    const file = (name: string, text: string) => {
      writeFileSync(join(home, name), text);
      return join(home, name);
    };
    const lines = ["github.com,192.0.2.7", "[git.corp]:7999", "[*.wild]:2222", "@cert-authority *"];
    const known = file("known", lines.map((line) => `${line} ${key}\n`).join(""));
    execFileSync("ssh-keygen", ["-q", "-H", "-f", file("hashed", `secret.example ${key}\n`)], { stdio: "ignore" });
    const files = `UserKnownHostsFile ${known} ${join(home, "hashed")}\n`;
    const further = "Host outer\nProxyCommand ssh -W %h:%p third\nHost third\nProxyJump fourth,ham9,fi$$th\n";
    const ways = `Host ham9\nProxyJump gate\nHost gate\nHostName gate.example\nProxyJump outer\n${further}`;
    const MCLU_SSH_CONFIG = file("ssh_config", `${ways}Host *\n${files}`);
    const way = ["gate", "GATE.example", "outer", "third", "fourth"];
    const releases = {
      "github.com": `ssh-keygen -f ${known} -R github.com`,
      "git.corp": `ssh-keygen -f ${known} -R '[git.corp]:7999'`,
      "secret.example": `ssh-keygen -f ${join(home, "hashed")} -R secret.example`,
      "a.wild": undefined,
    };
    const names = [...way, ...Object.keys(releases), "web1"];
    const guests = names.map((name, index) => ({ name, uuid: `${id}${index}` }));
    const config = clusterOf({ ham0: guests }).replace("[nodes]\n", "[nodes]\nham9 =\n");
    const env = { HOME: home, MCLU_SSH_CONFIG };
    const far = `${config}\n[node.ham9]\ntransport = ssh\n`;
    const run = await runMclu(["ssh-config", "--node", "ham0"], { config: far, env });
    const full = names.map((name) => (name === "web1" ? "web1 ham0/web1" : `ham0/${name}`)).sort();
    expect([...run.stdout.matchAll(/^Host (.*)$/gm)].map(([, hosts]) => hosts).sort()).toEqual(full);
    for (const name of way)
      expect(run.stderr).toContain(
        `warning: ${name} is a host on the way to a node: for the guest type ham0/${name}\n`,
      );
    for (const [name, release] of Object.entries(releases)) {
      const or = release === undefined ? "" : `, or run ${release} if it is this guest`;
      const warning = `warning: ${name} is a host of your known_hosts: for the guest type ham0/${name}${or}\n`;
      expect(run.stderr).toContain(warning);
    }
    // nor where every node is this machine
    const near = await runMclu(["ssh-config"], { config: clusterOf({ ham0: guests }), env });
    const free = [...near.stdout.matchAll(/^Host (\S+) \S/gm)].map(([, name]) => name).sort();
    expect(free).toEqual([...way, "web1"].sort());
    const [release = ""] = Object.values(releases);
    execFileSync("sh", ["-c", release], { stdio: "ignore" });
    const released = await runMclu(["ssh-config"], { config: clusterOf({ ham0: guests }), env });
    expect(released.stdout).toContain("Host github.com ham0/github.com\n");
    // Ansible is told how to reach each of them, whatever they are called
    const listed = await runMclu(["inventory", "--list", "--node", "ham0"], { config: far, env });
    expect(Object.keys(JSON.parse(listed.stdout)._meta.hostvars)).toHaveLength(names.length);
  });

  it("asks ssh about no more nodes at once than it may talk to", async () => {
    const home = temporaryDirectory();
    const log = join(home, "log");
    const real = execFileSync("sh", ["-c", "command -v ssh"], { encoding: "utf8" }).trim();
    const ssh = `#!/bin/sh\necho begin >> ${log}\n${real} "$@"\nsleep 0.2\necho end >> ${log}\n`;
    writeFileSync(join(home, "ssh"), ssh, { mode: 0o755 });
    const far = ["a", "b", "c", "d", "e", "f"].map((name) => `[node.${name}]\ntransport = ssh\n`).join("");
    const config = clusterOf({ ham0: [{ name: "web1" }] })
      .replace("[mclu]\n", "[mclu]\nfanout = 2\n")
      .replace("[nodes]\n", "[nodes]\na =\nb =\nc =\nd =\ne =\nf =\n");
    const env = { HOME: home, XDG_CACHE_HOME: home, PATH: `${home}:${process.env.PATH}` };
    const run = await runMclu(["ssh-config", "--node", "ham0"], { config: `${config}\n${far}`, env });
    expect(run.stdout).toContain("Host web1 ham0/web1\n");
    const events = readFileSync(log, "utf8").trim().split("\n");
    const under = events.map((_, at) =>
      events.slice(0, at + 1).reduce((n, event) => n + (event === "begin" ? 1 : -1), 0),
    );
    expect(events.filter((event) => event === "begin").length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...under)).toBe(2);
  });

  it("prints what it knows where ssh cannot say the way to some node", async () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, "ssh_config"), "Bogus yes\n");
    const config = `${clusterOf({ ham0: [{ name: "web1" }] }).replace("[nodes]\n", "[nodes]\nham9 =\n")}\n[node.ham9]\ntransport = ssh\n`;
    const env = { HOME: home, MCLU_SSH_CONFIG: join(home, "ssh_config") };
    const run = await runMclu(["ssh-config", "--node", "ham0"], { config, env });
    expect([run.code, run.stdout.match(/^Host .*$/gm)]).toEqual([0, ["Host web1 ham0/web1"]]);
  });

  it("ends at once where the way to a guest leads through that guest", async () => {
    const home = temporaryDirectory();
    const [conf, log, way] = ["mclu.conf", "started", "ssh_config"].map((name) => join(home, name)) as [
      string,
      string,
      string,
    ];
    const cli = join(import.meta.dirname, "../../dist/cli.cjs");
    writeFileSync(conf, "[nodes]\nham9 =\n");
    const again = `echo started >> ${log}; exec ${process.execPath} ${cli} -f ${conf} ssh-proxy ham9/${id}1`;
    writeFileSync(way, `Host ham9\nHostName 192.0.2.1\nProxyCommand sh -c '${again}'\n`);
    const env = { ...process.env, HOME: home, XDG_CACHE_HOME: home, MCLU_SSH_CONFIG: way };
    const run = await runMclu(["-f", conf, "ssh-proxy", `ham9/${id}1`], { env });
    expect([run.code, readFileSync(log, "utf8")]).toEqual([5, "started\n"]);
    const second = await runMclu(["-f", conf, "ssh-proxy", `ham9/${id}1`], {
      env: { ...env, MCLU_SSH_PROXY: `ham8/x ham9/${id}1` },
    });
    expect(second.code).toBe(6);
    expect(second.stderr).toContain(`the way to ham9/${id}1 leads through ham9/${id}1`);
  });

  it("takes guests and a login name", async () => {
    const run = await runMclu(["ssh-config", "ham0/twice", "-l", "alice"], { config: config() });
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.match(/^Host .*$/gm)).toEqual(["Host twice ham0/twice"]);
    expect(run.stdout).toContain("  User alice\n");
  });
});

describe("inventory", () => {
  it("has the guests that run, by node, and leaves out what Ansible would read something into", async () => {
    const run = await runMclu(["inventory", "--list"], { config: config() });
    expect(run.code).toBe(0);
    const { _meta, ...groups } = JSON.parse(run.stdout) as { _meta: { hostvars: object } };
    expect(Object.keys(_meta.hostvars)).toEqual(["web1"]);
    expect(groups).toEqual({ node_ham0: { hosts: ["web1"] }, group_fast: { children: ["node_ham0"] } });
    expect(run.stderr).toContain("ham0/all is left out: Ansible has a group or a host of this name");
    expect(run.stderr).toContain("ham0/twice is left out: another guest or a node has its name");
    for (const name of odd) expect(run.stderr).toContain(`ham1/${name} is left out`);
  });

  it("writes INI, with --all the guests that are off as well", async () => {
    const run = await runMclu(["inventory", "--all", "--node", "ham0", "--login", "alice"], { config: config() });
    expect(run.stdout).toMatch(/^\[node_ham0\]\noff1 ansible_host='"off1"' ansible_user='"alice"' /);
    expect(run.stdout.match(/^\w+ /gm)).toEqual(["off1 ", "twice ", "web1 "]);
    expect(run.stdout).toMatch(/\n\n\[group_fast:children\]\nnode_ham0\n$/);
  });
});
