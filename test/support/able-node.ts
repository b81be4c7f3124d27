import { type FakeFile, fakeFiles } from "./fake-files.ts";
import type { FakeAnswers } from "./fake-host.ts";
import { fakeJobs, type JobAnswers, jobFacts } from "./fake-jobs.ts";
import { fixture } from "./fixture.ts";
import { testUuid } from "./test-driver.ts";

export interface AbleNode {
  readonly kvm?: boolean;
  /** Bytes free in its pool, which is at /images; null: it has no pool. */
  readonly room?: number | null;
  /** By path. */
  readonly files?: Readonly<Record<string, FakeFile>>;
  /** More that it is asked about jobs; default: it has none. */
  readonly jobs?: JobAnswers;
  /** Virsh's answers to what else it is asked. */
  readonly virsh?: (argv: readonly string[]) => string | undefined;
  /** The same of programs. */
  readonly run?: (
    argv: readonly string[],
  ) => string | { readonly code: number; readonly texts: readonly string[] } | undefined;
}

const gib = 1024 ** 3;

/** What nodes answer that can take guests, by name: a pool, a network, qemu, and a login that may write. */
export function ableNodes(nodes: Readonly<Record<string, AbleNode>>): Required<FakeAnswers> {
  return {
    virsh: (argv, name) => nodes[name]?.virsh?.(argv) ?? ableVirsh(argv, nodes[name] ?? {}),
    run: (argv, name) => {
      const { files = {}, jobs = {}, run, room } = nodes[name] ?? {};
      const own = run?.(argv);
      if (own !== undefined) return own;
      // whose libvirt it is, by its own URI or by one that leads there from another node
      if (argv[2]?.includes("mclu-host"))
        return `${/^qemu\+ssh:\/\/(?:[^/@]*@)?([^/:]+)/.exec(argv[4] ?? "")?.[1] ?? name}\n`;
      // all on one file system
      if (argv[2]?.includes("stat -f -c '%a %S'")) return `1 ${room ?? 100 * gib} 1\n`.repeat(argv.length - 4);
      if (argv[3] === "mclu-build") return "uid 0\nhome /root\nwritable\nfree 99999999\nend\n";
      if (argv[3] === "mclu-room") return "cache /root/.cache/virt-builder\nfree 99999999\nindex\n";
      return fakeJobs({ list: jobFacts(), ...jobs }, fakeFiles(files))(argv, name);
    },
  };
}

function ableVirsh([command, ...args]: readonly string[], { kvm = false, room = 100 * gib }: AbleNode) {
  if (command === "domcapabilities")
    return fixture("domcapabilities-tcg.xml").replace("<domain>qemu<", `<domain>${kvm ? "kvm" : "qemu"}<`);
  if (command === "net-list" && args.includes("--name")) return "default\n";
  if (room === null) return undefined;
  if (command === "pool-list") return `${testUuid(90)}\n`;
  if (command === "pool-dumpxml")
    return "<pool type='dir'><name>default</name><target><path>/images</path></target></pool>";
  return command === "pool-info" ? `State: running\nCapacity: ${1000 * gib}\nAvailable: ${room}\n` : undefined;
}

/** A disk of a guest's definition. */
export const diskXml = (target: string, path: string, format = "qcow2", type = "file") =>
  `<disk type='${type}' device='disk'><driver type='${format}'/><source ${type === "block" ? "dev" : "file"}='${path}'/><target dev='${target}'/></disk>`;

/** The definition of a guest with 1 GiB. */
export const guestXml = (name: string, inside: string, devices: string) =>
  `<domain type='qemu'><name>${name}</name><memory unit='KiB'>1048576</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os>${inside}<devices>${devices}</devices></domain>`;

/** A file that qemu-img can read. */
export const imageFile = (path: string, bytes: number, more: object = {}): FakeFile => ({
  image: { filename: path, format: "qcow2", "virtual-size": bytes, "actual-size": bytes, ...more },
});
