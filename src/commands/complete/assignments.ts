import { bootDevices } from "../../operations/set/assignments.ts";

/** What a command sets by NAME=VALUE, each with the values that can be named. */
const settings: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  set: { vcpus: [], memory: [], boot: bootDevices, description: [], autostart: ["yes", "no"] },
  "nic set": { link: ["up", "down"], network: [], model: [] },
};

/**
 * NAME= of what is not set yet, or the values of a NAME that was begun.
 * @param path the command's words, without the program
 * @param given what stands on the line before
 */
export function assignmentWords(path: string, given: readonly string[], current: string): readonly string[] {
  const names = Object.entries(settings[path] ?? {});
  const isGiven = (name: string) => given.some((word) => word.startsWith(`${name}=`));
  return current.includes("=")
    ? names.flatMap(([name, values]) => values.map((value) => `${name}=${value}`))
    : names.flatMap(([name]) => (isGiven(name) ? [] : [`${name}=`]));
}
