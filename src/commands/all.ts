import type { Command } from "commander";
import type { Context } from "./context.ts";

/** Adds its commands to a program or to a group of commands. */
export type Register = (program: Command, context: Context) => void;

export interface CommandEntry {
  /** What its commands stand under in the help. */
  readonly heading: string;
  /** Every word that calls one of its commands, hidden ones too. */
  readonly words: readonly string[];
  /** Loads what it takes: a run needs one command's code, and the other commands' would cost each run its time. */
  readonly load: () => Promise<Register>;
}

const entry = (words: string, load: CommandEntry["load"]) => ({ words: words.split(" "), load });

/** The commands under one heading of the help. */
const section = (heading: string, entries: readonly ReturnType<typeof entry>[]): readonly CommandEntry[] =>
  entries.map((one) => ({ ...one, heading: `${heading}:` }));

/** In the order of the help. */
export const commandEntries: readonly CommandEntry[] = [
  ...section("Look", [
    entry("status", async () => (await import("./status.ts")).registerStatus),
    entry("top", async () => (await import("./top.ts")).registerTop),
    entry("list ls", async () => (await import("./list.ts")).registerList),
    entry("info", async () => (await import("./info.ts")).registerInfo),
    entry("ip", async () => (await import("./ip.ts")).registerIp),
    entry("xml", async () => (await import("./xml.ts")).registerXml),
    entry("logs", async () => (await import("./logs.ts")).registerLogs),
    entry("dump", async () => (await import("./dump.ts")).registerDump),
    entry("history", async () => (await import("./history.ts")).registerHistory),
  ]),
  ...section("Make guests", [
    entry("build create", async () => (await import("./build.ts")).registerBuild),
    entry("clone", async () => (await import("./clone.ts")).registerClone),
    entry("image", async () => (await import("./image.ts")).registerImage),
    entry("template", async () => (await import("./template.ts")).registerTemplate),
    entry("place", async () => (await import("./place.ts")).registerPlace),
    entry("jobs log", async () => (await import("./jobs.ts")).registerJobs),
    entry("gc", async () => (await import("./gc.ts")).registerGc),
  ]),
  ...section("Run and remove guests", [
    entry("start boot", async () => (await import("./start.ts")).registerStart),
    entry("stop shutdown", async () => (await import("./stop.ts")).registerStop),
    entry("reboot reset pause resume", async () => (await import("./power.ts")).registerPower),
    entry("destroy", async () => (await import("./destroy.ts")).registerDestroy),
    entry("autostart", async () => (await import("./autostart.ts")).registerAutostart),
    entry("protect unprotect", async () => (await import("./protect.ts")).registerProtect),
    entry("migrate", async () => (await import("./migrate.ts")).registerMigrate),
    entry("drain undrain", async () => (await import("./drain.ts")).registerDrain),
    entry("rename", async () => (await import("./rename.ts")).registerRename),
    entry("delete rm remove", async () => (await import("./delete.ts")).registerDelete),
    entry("wait", async () => (await import("./wait.ts")).registerWait),
  ]),
  ...section("Change guests", [
    entry("set", async () => (await import("./set.ts")).registerSet),
    entry("edit", async () => (await import("./edit.ts")).registerEdit),
    entry("disk", async () => (await import("./disk.ts")).registerDisk),
    entry("nic", async () => (await import("./nic.ts")).registerNic),
    entry("iso", async () => (await import("./iso.ts")).registerIso),
    entry("snapshot", async () => (await import("./snapshot.ts")).registerSnapshot),
  ]),
  ...section("Reach guests", [
    entry("console", async () => (await import("./console.ts")).registerConsole),
    entry("viewer", async () => (await import("./viewer.ts")).registerViewer),
    entry("ssh", async () => (await import("./ssh.ts")).registerSsh),
    entry("cp", async () => (await import("./cp.ts")).registerCp),
    entry("ssh-config", async () => (await import("./ssh-config.ts")).registerSshConfig),
    entry("inventory", async () => (await import("./inventory.ts")).registerInventory),
    entry("ssh-proxy", async () => (await import("./ssh-proxy.ts")).registerSshProxy),
  ]),
  ...section("Nodes", [
    entry("node", async () => (await import("./node.ts")).registerNode),
    entry("exec", async () => (await import("./exec.ts")).registerExec),
    entry("virsh", async () => (await import("./virsh.ts")).registerVirsh),
    entry("trust", async () => (await import("./trust.ts")).registerTrust),
    entry("off", async () => (await import("./off.ts")).registerOff),
    entry("on", async () => (await import("./on.ts")).registerOn),
    entry("doctor", async () => (await import("./doctor.ts")).registerDoctor),
  ]),
  ...section("mclu itself", [
    entry("init", async () => (await import("./init.ts")).registerInit),
    entry("config", async () => (await import("./config.ts")).registerConfig),
    entry("completion", async () => (await import("./completion.ts")).registerCompletion),
    entry("vm", async () => (await import("./vm.ts")).registerVm),
  ]),
];

/**
 * The entries that can have part in a run: that of the command it names; every one of them where it is the help or a
 * mistake, which speak of all.
 * @param valued the program's own options that take a value as their next word
 */
export function entriesFor(argv: readonly string[], valued: readonly (string | undefined)[]): readonly CommandEntry[] {
  const word = commandWord(argv, valued);
  const named = commandEntries.find(({ words }) => words.some((known) => known === word));
  return named ? [named] : commandEntries;
}

/** Whether there is nothing but the program's own options, each with its value. */
export function isOptionsAlone([word, ...rest]: readonly string[], valued: readonly (string | undefined)[]): boolean {
  if (word === undefined) return true;
  if (valued.includes(word)) return rest.length > 0 && isOptionsAlone(rest.slice(1), valued);
  return isWithValue(word, valued) && isOptionsAlone(rest, valued);
}

/** `--config=FILE` */
function isWithValue(word: string, valued: readonly (string | undefined)[]): boolean {
  return valued.some((option) => option?.startsWith("--") && word.startsWith(`${option}=`));
}

/** The first word that is neither an option nor an option's value; undefined where that is not plain to see. */
function commandWord([word, ...rest]: readonly string[], valued: readonly (string | undefined)[]): string | undefined {
  if (!word?.startsWith("-")) return word;
  if (valued.includes(word)) return commandWord(rest.slice(1), valued);
  return isWithValue(word, valued) ? commandWord(rest, valued) : undefined;
}
