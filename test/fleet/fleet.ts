import { execFile, spawn } from "node:child_process";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("fleet", import.meta.url));

/** How a node differs: see `fleet help`. */
type NodeKind = "root" | "sudo" | "dynamic" | "jump";

/** What `fault` can break: see `fleet fault`. */
export type Fault =
  | "sshd-frozen"
  | "sshd-stopped"
  | "silent"
  | "banner-only"
  | "banner-closed"
  | "not-ssh"
  | "hostkey"
  | "auth"
  | `sshd:${string}`
  | "max-sessions"
  | "max-startups"
  | "dropped"
  | "unplugged"
  | "libvirtd-frozen"
  | "libvirtd-stopped"
  | "no-virsh"
  | "noise"
  | `shell:/${string}`
  | "sudo-password"
  | "disk-full";

/** What a command left behind; `code` is null when a signal ended it. */
interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FleetNode {
  readonly name: string;
  /** IPv4 address; a jump node's is not reachable from this machine. */
  readonly address: string;
  readonly mac: string;
  readonly kind: NodeKind;
  /** A shell command over OpenSSH, as the node's login user. Never rejects because of what the command or ssh did. */
  run(command: string): Promise<CommandResult>;
  /** A shell command as root, past ssh: also while sshd is broken. Rejects unless it exits 0; returns its stdout. */
  enter(command: string): Promise<string>;
}

interface GuestOptions {
  /** Whose disk it copies; "none" has no disk and cannot boot. Default "tiny". "debian" has sshd and the agent. */
  readonly template?: "tiny" | "debian" | "none";
  /** MiB. Default: the least that gets an address, 128 for tiny, 512 for debian. */
  readonly memory?: number;
  readonly vcpus?: number;
  readonly uuid?: string;
  readonly start?: boolean;
}

export interface FleetGuest {
  readonly name: string;
  readonly uuid: string;
}

export interface FleetOptions {
  /** First three numbers of a /24 that no other fleet uses, such as "10.91.0". */
  readonly net: string;
  /** How many nodes: ham0, ham1 ... */
  readonly nodes: number;
  /** Kinds of the nodes that are not plain "root". */
  readonly kinds?: Readonly<Record<string, NodeKind>>;
  /** State directory, deleted by `down`. Default: a new one. */
  readonly dir?: string;
}

export interface Fleet {
  readonly dir: string;
  /** For `ssh -F` and MCLU_SSH_CONFIG. */
  readonly sshConfig: string;
  /** mclu.conf with every node of this fleet. */
  readonly configFile: string;
  readonly knownHosts: string;
  readonly nodes: readonly FleetNode[];
  node(name: string): FleetNode;
  /** Pulls the plug. */
  off(name: string): Promise<void>;
  /** Resolves when its sshd and libvirtd answer; healthy again, whatever was broken before. */
  on(name: string): Promise<void>;
  fault(name: string, kind: Fault): Promise<void>;
  heal(name: string): Promise<void>;
  /** Defines guests in one go: hundreds with template "none" take about a second. */
  define(node: string, names: readonly string[], options?: GuestOptions): Promise<FleetGuest[]>;
  /** Stops everything and deletes `dir`. */
  down(): Promise<void>;
}

/**
 * Brings up a fleet and resolves when all its nodes answer. Needs root and the packages of test/fleet/packages.
 * The fleet is taken down by `down`, or, should this process or its parent end without that (killed, too), by a guard of its own.
 */
export async function startFleet(options: FleetOptions): Promise<Fleet> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "mclu-fleet-")));
  const env = { ...process.env, FLEET_DIR: dir, FLEET_NET: options.net };
  const call = (...args: string[]) => execute([script, ...args], env);
  const must = async (...args: string[]) => {
    const result = await call(...args);
    if (result.code !== 0) throw new Error(`fleet ${args.join(" ")}: exit ${result.code}\n${result.stderr}`);
    return result.stdout;
  };

  const dismiss = guardFleet(env);
  const down = async () => {
    await must("down", "--delete");
    dismiss();
  };

  try {
    await must("up", String(options.nodes), ...Object.entries(options.kinds ?? {}).map((pair) => pair.join("=")));
    const nodes = parseHosts(await must("hosts")).map((host) => ({
      ...host,
      run: (command: string) => call("run", host.name, command),
      enter: (command: string) => must("enter", host.name, "sh", "-c", command),
    }));
    return {
      dir,
      sshConfig: join(dir, "ssh_config"),
      configFile: join(dir, "mclu.conf"),
      knownHosts: join(dir, "home/.ssh/known_hosts"),
      nodes,
      node: (name) => {
        const node = nodes.find((each) => each.name === name);
        if (node === undefined) throw new Error(`no node ${name} in ${dir}`);
        return node;
      },
      off: async (name) => void (await must("off", name)),
      on: async (name) => void (await must("on", name)),
      fault: async (name, kind) => void (await must("fault", name, kind)),
      heal: async (name) => void (await must("heal", name)),
      define: async (node, names, guest = {}) =>
        parseGuests(await must("define", node, ...guestFlags(guest), "--", ...names)),
      down,
    };
  } catch (error) {
    await down();
    throw error;
  }
}

/**
 * Has a fleet taken down and deleted, whose FLEET_DIR and FLEET_NET these are, when this process or its parent ends in
 * whatever way. Gives what ends the guard.
 */
export function guardFleet(env: NodeJS.ProcessEnv): () => void {
  // In a session of its own: Ctrl-C in the terminal reaches this process and not the guard. It watches the parent too:
  // a worker of vitest outlives a vitest that was killed.
  const guard = spawn(script, ["guard", String(process.pid), String(process.ppid)], {
    env,
    detached: true,
    stdio: "ignore",
  });
  guard.unref();
  return () => {
    if (guard.pid !== undefined && guard.exitCode === null) process.kill(-guard.pid, "SIGKILL");
  };
}

/** The first IPv4 address that libvirt's DHCP server on `node` gave the guest. A tiny guest gets it 10 to 15 s after its start. */
export async function guestAddress(node: FleetNode, guest: FleetGuest, timeoutSeconds = 150): Promise<string> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  while (Date.now() < deadline) {
    const found = /ipv4\s+([0-9.]+)\//.exec(await node.enter(`virsh -c qemu:///system domifaddr ${guest.uuid}`));
    if (found?.[1] !== undefined) return found[1];
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`${node.name}/${guest.name} has no address after ${timeoutSeconds} s`);
}

/** Runs a command to its end. Rejects only when it could not be started. */
function execute(argv: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const [file = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code === "string") reject(error);
      else resolve({ code: child.exitCode, stdout, stderr });
    });
    child.stdin?.end();
  });
}

function guestFlags(options: GuestOptions): string[] {
  const { start, ...valued } = options;
  const flags = Object.entries(valued).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return start ? [...flags, "--start"] : flags;
}

function parseHosts(text: string) {
  return lines(text).map((line) => {
    const [name = "", address = "", mac = "", kind = ""] = line.split(" ");
    return { name, address, mac, kind: kind as NodeKind };
  });
}

function parseGuests(text: string): FleetGuest[] {
  return lines(text).map((line) => ({ uuid: line.slice(0, 36), name: line.slice(37) }));
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
