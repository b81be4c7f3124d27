import type { Query, Step } from "./query.ts";

/** What one virsh process is asked at most. */
const commandsPerProcess = 400;

/** Bytes of its commands: they are one argument, which Linux limits to 128 KiB. */
const bytesPerProcess = 100 * 1024;

/** Bytes, and some more, of what a command's answer is marked by. */
const markBytes = 60;

/**
 * Any number of virsh commands in as few processes as can be.
 * @param commands that fail leave an empty text
 */
export function virshSteps(commands: readonly (readonly string[])[], cap?: number): Step[] {
  // the exit code is that of the last command: one that fails only when libvirt does
  return portions(commands).map((portion) => ({
    virsh: [...portion, ["uri"]],
    access: "read",
    ...(cap !== undefined && { cap }),
  }));
}

function portions(commands: readonly (readonly string[])[]): (readonly string[])[][] {
  const all: (readonly string[])[][] = [];
  let bytes = 0;
  for (const command of commands) {
    const own = markBytes + command.reduce((sum, word) => sum + quotedBytes(word), 0);
    const last = all.at(-1);
    if (last && last.length < commandsPerProcess && bytes + own <= bytesPerProcess) {
      last.push(command);
      bytes += own;
    } else {
      all.push([command]);
      bytes = own;
    }
  }
  return all;
}

/** At most, with a blank behind it; an apostrophe is four characters then. */
function quotedBytes(word: string): number {
  return Buffer.byteLength(word.replaceAll("'", "'\\''")) + 3;
}

/** The texts of `virshSteps`, in the order of the commands; "" where a command failed or was not reached. */
export function virshTexts(
  steps: readonly Step[],
  answers: readonly { readonly texts: readonly string[] }[],
): string[] {
  return steps.flatMap((step, index) =>
    "virsh" in step
      ? step.virsh.slice(0, -1).map((_, place) => withoutNewlines(answers[index]?.texts[place] ?? ""))
      : [],
  );
}

/** Newlines at both ends are virsh's own; blanks may belong to a name. */
function withoutNewlines(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "\n") start++;
  while (end > start && text[end - 1] === "\n") end--;
  return text.slice(start, end);
}

/** The XML of guests by UUID, without secrets; guests that are gone are not in it. */
export function domainXmlQuery(uuids: readonly string[], inactive = false): Query<ReadonlyMap<string, string>> {
  const steps = virshSteps(uuids.map((uuid) => ["dumpxml", uuid, ...(inactive ? ["--inactive"] : [])]));
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return new Map(
        uuids.flatMap((uuid, index) => {
          const text = texts[index] ?? "";
          return text === "" ? [] : [[uuid, text] as const];
        }),
      );
    },
  };
}

/**
 * What guests will be at their next start, with their secrets, which libvirt gives only to those who may change them; for
 * nobody's eyes. "" for guests that are gone or transient.
 */
export function secureXmlQuery(uuids: readonly string[]): Query<readonly string[]> {
  const commands = uuids.map((uuid) => ["dumpxml", uuid, "--inactive", "--security-info"]);
  const steps = virshSteps(commands).map((step) => ({ ...step, access: "write" as const }));
  return { steps, parse: (answers) => virshTexts(steps, answers) };
}
