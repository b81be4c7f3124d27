import { createHash } from "node:crypto";
import { UserError } from "../../errors.ts";
import { wholeNumber } from "../../libvirt/number.ts";
import type { Query } from "../../libvirt/query.ts";
import type { AskOptions, Node } from "../node.ts";
import { quote } from "../shell.ts";
import { isJobId } from "./job-id.ts";
import { denyPlanted, refusePlanted } from "./planted.ts";
import { jobQuery } from "./read.ts";
import { readShell } from "./read-shell.ts";

/** A guest's name and memory that a job, or a client before it starts one, has for itself on a node. */
export interface Reservation {
  /** What the node's directory is called, and `JobSpec.reservation` wants. */
  readonly key: string;
  readonly name: string;
  /** Of the job; sorts by time. */
  readonly id: string;
  /** Bytes. */
  readonly memory: number;
  /** The node's own count: one that came later has a higher number. */
  readonly order: number;
  /** Seconds since it was made. */
  readonly age: number;
  /** Its owner has seen that nobody stands against it. */
  readonly held: boolean;
  /** Its job is on the node, or is being sent there; else a client is about to start one, or was killed before it did. */
  readonly begun: boolean;
  /** Counts for nothing: its job is over, or there is none and its time is up. */
  readonly stale: boolean;
}

/** Seconds that a reservation counts without a job. */
export const reservationLease = 600;

/** A file name for any guest's name: hexadecimal, or for a long one its hash. */
export function reservationKey(name: string): string {
  const bytes = Buffer.from(name);
  return bytes.length <= 100 ? bytes.toString("hex") : createHash("sha256").update(bytes).digest("hex");
}

/**
 * Reserves a name and memory on a node, by one rename: a client that is killed leaves a reservation of its own, or none.
 * Resolves with what stands there already where there is something; a stale reservation gives way. Rejects with NodeError;
 * throws UserError (exit 6) where the place of the reservations is not ours alone, (exit 1) where the node has no room to
 * write one.
 */
export async function reserveOnNode(
  node: Node,
  { name, id, memory }: Pick<Reservation, "name" | "id" | "memory">,
  options: AskOptions = {},
): Promise<"reserved" | "taken"> {
  const key = reservationKey(name);
  const hex = Buffer.from(name).toString("hex");
  const script = `${namesShell}mclu_open names make
locked() {
directory=$mclu_dir/${key} new=$mclu_dir/.new
if [ -e "$directory" ] || [ -L "$directory" ]; then
look_at "$directory"
[ $stale = yes ] || { echo taken; return; }
rm -rf "$directory"
fi
rm -rf "$new"; mkdir -m 700 "$new" || return
order=0; if mclu_mine "$mclu_dir/.order"; then read -r order <"$mclu_dir/.order"; fi
if echo $((order + 1)) >"$mclu_dir/.order-new" && mv -f "$mclu_dir/.order-new" "$mclu_dir/.order" &&
echo ${quote(id)} "$(date +%s)" "$mclu_this_boot" ${memory} $((order + 1)) ${hex} >"$new/owner" &&
mv -T -- "$new" "$directory"; then echo reserved
else rm -rf "$new"; fi
}
( flock 9; locked ) 9>"$mclu_dir/.lock"`;
  const answer = await askNames(node, script, options);
  if (answer === "reserved" || answer === "taken") return answer;
  throw new UserError(`the name ${name} could not be reserved on ${node.name}: nothing can be written there`, {
    hint: `mclu exec ${node.name} -- df -h /var/lib, then type it again`,
  });
}

/** Says that nobody stands against a reservation; false where it is gone, or somebody took it as stale. */
export async function holdReservation(node: Node, key: string, id: string, options?: AskOptions): Promise<boolean> {
  return (
    (await askNames(
      node,
      ownedScript(key, id, `if [ $stale = no ]; then : >"$directory/held"; echo yes; fi`),
      options,
    )) === "yes"
  );
}

/** Gives a reservation back; one that is another's by now stays. */
export async function releaseReservation(node: Node, key: string, id: string, options?: AskOptions): Promise<void> {
  await askNames(node, ownedScript(key, id, `rm -rf "$directory"`), options);
}

/** Removes a reservation that counts for nothing; false where it counts by now, or is another's. */
export async function dropStaleReservation(
  node: Node,
  key: string,
  id: string,
  options?: AskOptions,
): Promise<boolean> {
  const script = ownedScript(key, id, `if [ $stale = yes ]; then rm -rf "$directory"; echo yes; fi`);
  return (await askNames(node, script, options)) === "yes";
}

/**
 * The reservations of a node, as a part of a question: ask for them *before* the guests, or miss a name in between. Throws
 * NodeError, `denied`, where their place is not ours alone.
 */
export function reservationsQuery(node: Pick<Node, "name">): Query<Reservation[]> {
  const script = `${namesShell}mclu_open names look || exit 0
for each in "$mclu_dir"/*; do [ ! -d "$each" ] || look_at "$each" show; done`;
  const query = jobQuery(script);
  return {
    steps: query.steps,
    parse(answers) {
      const text = query.parse(answers);
      denyPlanted(node, text);
      return text.split("\n").flatMap(parseReservation);
    },
  };
}

/** Every reservation of a node, stale ones too. Rejects with NodeError. */
export function listReservations(node: Node, options?: AskOptions): Promise<Reservation[]> {
  return node.ask(reservationsQuery(node), options);
}

async function askNames(node: Node, script: string, options?: AskOptions): Promise<string> {
  const { changeTimeout: seconds } = node.settings;
  const answer = await node.ask(jobQuery(script), { seconds, patient: true, ...options });
  refusePlanted(node, answer);
  return answer.trim();
}

function ownedScript(key: string, id: string, then: string): string {
  return `${namesShell}mclu_open names look || exit 0
directory=$mclu_dir/${quote(key)}
( flock 9; look_at "$directory"; if [ "$owner" = ${quote(id)} ]; then ${then}; fi ) 9>"$mclu_dir/.lock"`;
}

/**
 * \`look_at DIRECTORY [show]\` sets owner and stale. It counts while its job lives; while its job is being sent; without a
 * job, for the lease, and not beyond the boot in which it was made. An owner that is not written yet gets a minute.
 */
const namesShell = `${readShell}look_at() {
owner= since= boot= memory=0 order=0 name= stale=no held=no begun=no
if mclu_mine "$1/owner"; then read -r owner since boot memory order name <"$1/owner"; fi
age=$(($(date +%s) - $(stat -c %Y "$1" 2>/dev/null || echo 0)))
if [ -z "$name" ]; then [ $age -lt 60 ] || stale=yes; return; fi
age=$(($(date +%s) - since))
[ ! -e "$1/held" ] || held=yes
job=\${mclu_dir%/names}/jobs/$owner
[ ! -d "$job" ] || begun=yes
if [ -e "$job/end" ]; then stale=yes
elif [ -e "$job/started" ]; then
mclu_look "$job"
case $mclu_live in leader|orphans) ;; *) [ -z "$mclu_began" ] && [ $age -lt ${reservationLease} ] || stale=yes ;; esac
elif [ "$boot" != "$mclu_this_boot" ] || mclu_cut_off "$job"; then stale=yes
elif [ $age -ge ${reservationLease} ] && [ $(($(date +%s) - $(stat -c %Y "$job" 2>/dev/null || echo 0))) -ge ${reservationLease} ]; then stale=yes; fi
[ -z "$2" ] || printf 'name\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "\${1##*/}" "$owner" "$memory" "$order" "$age" $held $stale "$name" $begun
}
`;

function parseReservation(line: string): Reservation[] {
  const [word, key = "", id = "", memory, order, age, held, stale, hex = "", begun] = line.split("\t");
  // the key goes back into a path that is removed
  if (word !== "name" || !isJobId(id) || !/^[0-9a-f]{2,200}$/.test(key)) return [];
  const name = Buffer.from(hex, "hex").toString("utf8");
  // no guest is called so, and no word of a command is
  if (name.includes("\0")) return [];
  const yes = (text: string | undefined) => text === "yes";
  return [
    {
      key,
      name,
      id,
      memory: wholeNumber(memory) ?? 0,
      order: wholeNumber(order) ?? 0,
      // negative where the clock went back
      age: wholeNumber(age) ?? 0,
      held: yes(held),
      begun: yes(begun),
      stale: yes(stale),
    },
  ];
}
