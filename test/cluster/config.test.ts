import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadClusterConfig } from "../../src/cluster/config.ts";
import { formatOrigin } from "../../src/origin.ts";
import { homeWith } from "../support/home-with.ts";

const example = `[mclu]                       ; defaults for all nodes
templates    = ./templates   ; relative to this file
host-reserve = 1G
[nodes]
ham0 =
ham1 = admin@10.0.0.11:2222
host0.example.jp =
[node.ham1]
become = sudo
mac    = 74:d4:35:51:ab:86
`;

async function load(text: string, env: Record<string, string> = {}, overrides = {}) {
  const home = await homeWith({ "mclu.conf": text, id: "", "id.pub": "" });
  return {
    home,
    config: await loadClusterConfig({ file: "mclu.conf", env: { HOME: home, ...env }, cwd: home, overrides }),
  };
}

describe("loadClusterConfig", () => {
  it("reads nodes in their order, with defaults where nothing is said", async () => {
    const { config, home } = await load(example);
    const defaults = {
      uri: "qemu:///system",
      transport: "auto",
      become: "none",
      pool: "default",
      network: { kind: "network", name: "default" },
      groups: [],
      weight: 1,
      hostReserve: 1024 ** 3,
      readTimeout: 20,
      changeTimeout: 60,
    };
    expect(config).toEqual(
      expect.objectContaining({ source: "mclu.conf", fanout: 32, templates: [join(home, "templates")] }),
    );
    expect(config.nodes).toEqual([
      { ...defaults, name: "ham0", host: "ham0" },
      {
        ...defaults,
        name: "ham1",
        host: "10.0.0.11",
        user: "admin",
        port: 2222,
        become: "sudo",
        mac: "74:d4:35:51:ab:86",
      },
      { ...defaults, name: "host0.example.jp", host: "host0.example.jp" },
    ]);
  });

  it("knows where each setting was made", async () => {
    const { config } = await load(example, { MCLU_URI: "test:///default", MCLU_FANOUT: "4" }, { port: "22" });
    const ham1 = config.origins.nodes.get("ham1") ?? new Map();
    expect(Object.fromEntries([...ham1].map(([key, origin]) => [key, formatOrigin(origin)]))).toEqual({
      host: "mclu.conf:6",
      user: "mclu.conf:6",
      port: "command line --port",
      become: "mclu.conf:9",
      mac: "mclu.conf:10",
      "host-reserve": "mclu.conf:3",
      uri: "environment MCLU_URI",
    });
    expect(formatOrigin(config.origins.fanout)).toBe("environment MCLU_FANOUT");
    expect(config.origins.templates.map(formatOrigin)).toEqual(["mclu.conf:2"]);
  });

  it("lets command line beat environment beat node beat [mclu] beat default", async () => {
    const text = "[mclu]\nuser = global\nfanout = 2\n[nodes]\na =\nb = address@b\nc =\n[node.c]\nuser = node\n";
    const users = async (env = {}, overrides = {}) =>
      (await load(text, env, overrides)).config.nodes.map(({ user }) => user);
    expect(await users()).toEqual(["global", "address", "node"]);
    expect(await users({ MCLU_USER: "env" })).toEqual(["env", "env", "env"]);
    expect(await users({ MCLU_USER: "" })).toEqual(["global", "address", "node"]);
    expect(await users({ MCLU_USER: "env" }, { user: "cli" })).toEqual(["cli", "cli", "cli"]);
    expect((await load(text)).config.fanout).toBe(2);
    expect((await load(text, { MCLU_FANOUT: "3" })).config.fanout).toBe(3);
    expect((await load(text, { MCLU_FANOUT: "3" }, { fanout: "4" })).config.fanout).toBe(4);
  });

  it.each([
    ["MCLU_PORT", "2222", { port: 2222 }],
    ["MCLU_TRANSPORT", "openssh", { transport: "openssh" }],
    ["MCLU_BECOME", "sudo", { become: "sudo" }],
    ["MCLU_CONNECT_TIMEOUT", "1.5", { connectTimeout: 1.5 }],
    ["MCLU_READ_TIMEOUT", "5s", { readTimeout: 5 }],
    ["MCLU_CHANGE_TIMEOUT", "90", { changeTimeout: 90 }],
  ])("reads $%s", async (variable, text, setting) => {
    expect((await load("[nodes]\nham0", { [variable]: text })).config.nodes[0]).toEqual(
      expect.objectContaining(setting),
    );
  });

  it("takes paths in the file relative to it, those of the environment relative to the working directory", async () => {
    const home = await homeWith({
      "etc/mclu.conf": "[mclu]\nidentity = ../id\nssh-key = ~/id.pub\n[nodes]\na",
      id: "",
      "id.pub": "",
      "work/key": "",
    });
    const options = { file: "../etc/mclu.conf", cwd: join(home, "work") };
    const [node] = (await loadClusterConfig({ ...options, env: { HOME: home } })).nodes;
    expect(node).toEqual(expect.objectContaining({ identity: join(home, "id"), sshKey: join(home, "id.pub") }));
    const [other] = (await loadClusterConfig({ ...options, env: { HOME: home, MCLU_IDENTITY: "key" } })).nodes;
    expect(other?.identity).toBe(join(home, "work", "key"));
  });

  it("searches $MCLU_PATH, then the file's directories, then the shipped ones", async () => {
    const home = await homeWith({ "mclu.conf": "[mclu]\ntemplates = t:/a\n[nodes]\nham0" });
    const env = { HOME: home, MCLU_PATH: "/a:mine::~/more" };
    const config = await loadClusterConfig({ file: "mclu.conf", env, cwd: home, shippedTemplates: "/usr/share/t" });
    expect(config.templates).toEqual(["/a", join(home, "mine"), join(home, "more"), join(home, "t"), "/usr/share/t"]);
    expect(config.origins.templates.map(formatOrigin)).toEqual([
      ...Array(3).fill("environment MCLU_PATH"),
      "mclu.conf:2",
      "default",
    ]);
  });

  it("is this machine alone where there is no mclu.conf", async () => {
    const home = await homeWith();
    const config = await loadClusterConfig({ env: { HOME: home, MCLU_URI: "test:///default" }, cwd: home, etc: home });
    expect(config.source).toBeNull();
    expect(config.nodes).toEqual([
      expect.objectContaining({
        name: "localhost",
        host: "localhost",
        transport: "local",
        uri: "test:///default",
        hostReserve: 0,
      }),
    ]);
  });

  it("names a bad variable and a bad option, together with what is wrong in the file", async () => {
    const env = { MCLU_PORT: "ssh", MCLU_FANOUT: "many", MCLU_PATH: "~bob/x" };
    await expect(load("[nodes]\nham0 = -x", env, { "read-timeout": "soon", fanout: "0" })).rejects.toEqual(
      expect.objectContaining({
        name: "UserError",
        exitCode: 2,
        message: [
          'mclu.conf:2: ham0: "-x" is not a host: a name has letters, digits, ".", "_" and "-", and begins with a letter or digit',
          'environment MCLU_PORT: port: "ssh" is not a port: expected a number from 1 to 65535',
          'command line --read-timeout: read-timeout: "soon" is not a timeout: expected seconds, more than 0 and at most 3600',
          'command line --fanout: fanout: "0" is not a fanout: expected a number from 1 to 1000',
          'environment MCLU_FANOUT: fanout: "many" is not a fanout: expected a number from 1 to 1000',
          'environment MCLU_PATH: templates: "~bob/x" is not a path: only ~/ is known, not another user\'s home',
        ].join("\n"),
      }),
    );
  });
});
