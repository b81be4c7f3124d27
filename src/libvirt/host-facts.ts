import { wholeNumber } from "./number.ts";
import { UnexpectedOutput } from "./query.ts";

/** Programs, by their names, and the versions that some of them said. */
export interface DoctorTools {
  readonly programs: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  /** The package manager: apt-get, dnf or zypper. */
  readonly manager: string | null;
}

export interface NetworkCard {
  readonly name: string;
  readonly mac: string;
  /** ethtool's letters, `g` for the magic packet, `d` for none; null where nobody could read them. */
  readonly wake: string | null;
}

/** What a host is like, libvirt aside. */
export interface HostFacts extends DoctorTools {
  /** Seconds since 1970 by its clock. */
  readonly now: number;
  /** The login that asks, behind sudo where `become` says so. */
  readonly user: string;
  readonly isRoot: boolean;
  /** Of libvirt's daemons, in /run/libvirt. */
  readonly sockets: readonly string[];
  /** /dev/kvm is there. */
  readonly kvm: boolean;
  /** The processor's instructions for it, Intel's or AMD's; null: it has none, or its firmware has them off. */
  readonly virtualization: "vmx" | "svm" | null;
  readonly bridge: boolean;
  /** An appliance of libguestfs is built. */
  readonly appliance: boolean;
  /** What libguestfs has to make one of is there and can be read; `fixed`: one that was made elsewhere. */
  readonly parts: "supermin" | "fixed" | null;
  /** Kernels that one can be built from, and those that the login may not read. */
  readonly kernels: readonly string[];
  readonly unreadable: readonly string[];
  /** Of the pool; null where it has none, or libvirt did not say. */
  readonly directory: string | null;
  readonly writable: boolean;
  /** Bytes. */
  readonly space: readonly { readonly path: string; readonly total: number; readonly free: number }[];
  /** Where jobs are kept, or would be: bytes that are free, and whether the login may write there. null: it did not say. */
  readonly jobs: { readonly path: string; readonly free: number; readonly writable: boolean } | null;
  /** The interface that packets leave by. */
  readonly route: string | null;
  readonly cards: readonly NetworkCard[];
  /** Whether it could log in to each peer, by their numbers. */
  readonly peers: ReadonlyMap<number, PeerAnswer>;
}

const peerAnswers = ["yes", "key", "no"] as const;

/** How a login to a peer went; `key`: its host key is not known there, or is another than it was. */
export type PeerAnswer = (typeof peerAnswers)[number];

/** What is known to install packages: nothing else is a word of a command that the user is told to type. */
const managers: readonly string[] = ["apt-get", "dnf", "zypper"];

function jobsPlace([path = "", kib]: readonly string[] = [], writable: boolean): HostFacts["jobs"] {
  const free = wholeNumber(kib);
  return path === "" || free === null ? null : { path, free: free * 1024, writable };
}

/** Reads what the script of `doctor` printed. Throws UnexpectedOutput where it did not come to its end. */
export function parseHostFacts(text: string): HostFacts {
  const lines = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => line.split("\t"));
  const rows = (word: string) => lines.filter(([first]) => first === word).map(([, ...values]) => values);
  const values = (word: string) => rows(word).flatMap(([value]) => value ?? []);
  const has = (word: string) => rows(word).length > 0;
  const now = wholeNumber(values("now")[0]);
  if (now === null || lines.at(-1)?.[0] !== "end") throw new UnexpectedOutput("what a host is like", text);
  return {
    now,
    user: values("user")[0] ?? "",
    isRoot: values("uid")[0] === "0",
    programs: values("program"),
    versions: Object.fromEntries(rows("version").map(([name = "", version = ""]) => [name, version])),
    manager: values("manager").find((name) => managers.includes(name)) ?? null,
    sockets: values("socket"),
    kvm: has("kvm"),
    virtualization: (["vmx", "svm"] as const).find((one) => values("virtualization").includes(one)) ?? null,
    bridge: has("bridge"),
    appliance: has("appliance"),
    parts: (["fixed", "supermin"] as const).find(has) ?? null,
    kernels: values("kernel"),
    unreadable: values("unreadable"),
    directory: values("directory")[0] ?? null,
    writable: has("writable"),
    space: rows("space").flatMap(([path = "", total, free]) => {
      const [all, left] = [wholeNumber(total), wholeNumber(free)];
      return all === null || left === null ? [] : [{ path, total: all * 1024, free: left * 1024 }];
    }),
    jobs: jobsPlace(rows("jobs")[0], has("keeps")),
    route: values("route")[0] || null,
    cards: rows("card").flatMap(([name = "", mac = "", wake = ""]) =>
      /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac) ? [{ name, mac, wake: wake || null }] : [],
    ),
    peers: new Map(
      rows("peer").flatMap(([number, answer]) => {
        const index = wholeNumber(number);
        return index === null ? [] : [[index, peerAnswers.find((one) => one === answer) ?? "no"] as const];
      }),
    ),
  };
}
