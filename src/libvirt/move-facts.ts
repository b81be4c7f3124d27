import { namesQuery } from "./definitions-query.ts";
import { parseDomainCapabilities } from "./domain-capabilities.ts";
import type { DomainDetails } from "./domain-details.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import type { DomainName } from "./domains.ts";
import { elementTexts } from "./element-texts.ts";
import { combine, type Query, understood } from "./query.ts";
import { attribute, child, parseXml } from "./xml.ts";

/** What a guest needs of the node it moves to. */
export interface MoveNeeds extends Pick<DomainDetails, "type" | "arch" | "machine"> {
  readonly networks: readonly string[];
  readonly bridges: readonly string[];
  /** Cards of the node that cards of the guest lie directly on (macvtap). */
  readonly devices: readonly string[];
  /** Whether it has an emulated TPM. */
  readonly tpm: boolean;
  /** The CPU as XML; null: nothing to compare. */
  readonly cpu: CpuNeed | null;
}

/** `guest`: what the guest was given; `host`: all that its node has, for a guest that was given all of it. */
export interface CpuNeed {
  readonly of: "guest" | "host";
  readonly xml: string;
}

/** What stands against a guest on a node, as far as its libvirt can tell. */
export interface MoveFacts {
  /** Every guest that is there. */
  readonly domains: readonly DomainName[];
  readonly missingNetworks: readonly string[];
  readonly missingBridges: readonly string[];
  readonly missingDevices: readonly string[];
  /** Why its qemu cannot run such a machine; null: it can. */
  readonly machine: string | null;
  /** Files of firmware that its libvirt has for anybody. */
  readonly loaders: readonly string[];
  /** Whether it can emulate the TPM that is wanted. */
  readonly tpm: boolean;
  /** Why its CPU is not enough; null: it is. */
  readonly cpu: string | null;
}

/** Asks the target of a move. The comparison of CPUs reads its XML from stdin, which only a shell can give it. */
export function moveFactsQuery(uri: string, needs: MoveNeeds): Query<MoveFacts> {
  const { type, arch, machine, networks, bridges, devices, cpu } = needs;
  const options = [
    ...["--virttype", type],
    ...(arch === null ? [] : ["--arch", arch]),
    ...(machine === null ? [] : ["--machine", machine]),
  ];
  const names = virshSteps([["net-list", "--name"]]);
  const virsh = ["virsh", "-q", "-c", uri];
  const compare =
    cpu?.of === "host" ? ["cpu-compare", "/dev/stdin"] : ["hypervisor-cpu-compare", "/dev/stdin", ...options];
  const said = (argv: readonly string[], input = "") => ({
    run: ["sh", "-c", 'input=$1; shift; printf "%s\\n" "$input" | "$@" 2>&1', "mclu", input, ...argv],
    cap: 20,
  });
  const rest: Query<Omit<MoveFacts, "domains">> = {
    steps: [
      ...names,
      said([...virsh, "domcapabilities", ...options]),
      ...(cpu ? [said([...virsh, ...compare], cpu.xml)] : []),
      ...bridges.map((name) => ({ run: ["test", "-d", `/sys/class/net/${name}/bridge`] })),
      ...devices.map((name) => ({ run: ["test", "-d", `/sys/class/net/${name}`] })),
    ],
    parse(answers) {
      const active = new Set((virshTexts(names, answers)[0] ?? "").split("\n").map((line) => line.trim()));
      const [machineAnswer, ...more] = answers.slice(names.length);
      const cpuAnswer = cpu ? more[0] : undefined;
      const linkAnswers = cpu ? more.slice(1) : more;
      const isMissing = (index: number) => linkAnswers[index]?.code !== 0;
      return {
        missingNetworks: networks.filter((name) => !active.has(name)),
        missingBridges: bridges.filter((_, index) => isMissing(index)),
        missingDevices: devices.filter((_, index) => isMissing(bridges.length + index)),
        machine: complaint(machineAnswer),
        loaders: loadersIn(machineAnswer),
        tpm: !needs.tpm || emulatesTpm(machineAnswer),
        cpu: complaint(cpuAnswer),
      };
    },
  };
  const both = combine(namesQuery, rest);
  return {
    steps: both.steps,
    parse: (answers) => {
      const [domains, found] = both.parse(answers);
      return { domains, ...found };
    },
  };
}

/** libvirt names the emulator where it finds the programs for it; true where it says nothing of TPMs, as old ones do. */
function emulatesTpm(answer: { readonly code: number; readonly texts: readonly string[] } | undefined): boolean {
  const text = answer?.code === 0 ? (answer.texts[0] ?? "") : "";
  const [tpm] = elementTexts(text, "tpm");
  return tpm === undefined || tpm.includes("<value>emulator</value>");
}

function loadersIn(answer: { readonly code: number; readonly texts: readonly string[] } | undefined) {
  const {
    texts: [text = ""],
  } = answer ?? { texts: [] };
  return understood(() => parseDomainCapabilities(text).loaders) ?? [];
}

/** The last line of what failed; null: it did not. */
function complaint(answer: { readonly code: number; readonly texts: readonly string[] } | undefined): string | null {
  if (answer === undefined || answer.code === 0) return null;
  const lines = (answer.texts[0] ?? "").trim().split("\n");
  return lines.at(-1)?.replace(/^error: /, "") || `exit code ${answer.code}`;
}

/** The CPU that a guest has, as its XML has it; null where it says none. Throws UnexpectedOutput. */
export function guestCpu(xml: string): string | null {
  return child(parseXml(xml, "domain"), "cpu")?.toString() ?? null;
}

/** Whether a guest sees its node's CPU as it is. Throws UnexpectedOutput. */
export function hasHostCpu(xml: string): boolean {
  const mode = attribute(child(parseXml(xml, "domain"), "cpu") ?? undefined, "mode");
  return mode === "host-passthrough" || mode === "maximum";
}

/** The CPU of a node, as `virsh cpu-compare` takes it; null where libvirt does not say. */
export const hostCpuQuery: Query<string | null> = {
  steps: virshSteps([["capabilities"]]),
  parse(answers) {
    const [text = ""] = virshTexts(hostCpuQuery.steps, answers);
    return text === "" ? null : (child(parseXml(text, "capabilities"), "host", "cpu")?.toString() ?? null);
  },
};
