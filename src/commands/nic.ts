import type { Command } from "commander";
import { planAddNic, readMac, readModel } from "../operations/nic/add.ts";
import { listNics } from "../operations/nic/list.ts";
import { planRemoveNic } from "../operations/nic/remove.ts";
import { parseNicSettings, planSetNic } from "../operations/nic/set.ts";
import { nicListing } from "../render/devices.ts";
import { readNetwork } from "../values.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";
import { addDeviceList } from "./device-list.ts";

/** `nic list`, `add`, `set`, `remove`. */
export function registerNic(program: Command, context: Context): void {
  const group = program.command("nic").description("list, add, change and remove a guest's network cards");
  group.addHelpText("after", "\nExamples:\n  mclu nic list web1\n  mclu nic add web1 bridge:br0");
  const list = group.command("list").alias("ls").description("list the cards of guests, now and from the next start");
  list.addHelpText("after", "\nExamples:\n  mclu nic list web1");
  addDeviceList(
    list,
    context,
    (cluster, guests, { node }) => listNics(cluster, guests, { nodes: node, signal: context.signal }),
    nicListing,
    "no network cards: mclu nic add GUEST adds one",
  );
  registerAdd(group.command("add"), context);
  registerSet(group.command("set"), context);
  registerRemove(group.command("remove").alias("rm"), context);
}

interface AddFlags extends ChangeFlags {
  readonly model?: string;
  readonly mac?: string;
}

function registerAdd(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("[network]", "NETWORK or bridge:BR; that of the node's configuration by default")
    .description("give a guest another network card")
    .option("--model <model>", "such as virtio (default), e1000e or rtl8139", readModel)
    .option("--mac <mac>", "its address, instead of a new one", readMac)
    .addHelpText("after", "\nExamples:\n  mclu nic add web1\n  mclu nic add ham1/db bridge:br0 --model e1000e");
  addChangeOptions(command).action((guest: string, network: string | undefined, flags: AddFlags) => {
    const { model, mac } = flags;
    const wanted = network === undefined ? undefined : readNetwork(network);
    return runChange(context, flags, (cluster) =>
      planAddNic(cluster, choiceOf([guest], flags), { network: wanted, model, mac, signal: context.signal }),
    );
  });
}

const setHelp = `
What can be set:
  link=up|down         whether the cable is plugged in
  network=NETWORK      or network=bridge:BR
  model=MODEL          such as virtio or e1000e; takes effect at the next start

Examples:
  mclu nic set web1 link=down
  mclu nic set web1 52:54:00:12:34:56 network=bridge:br0`;

function registerSet(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("<word...>", "the card's MAC where the guest has several, then what is to be set")
    .usage("[options] GUEST [MAC] NAME=VALUE...")
    .description("change a network card: its link, network or model")
    .addHelpText("after", setHelp);
  addChangeOptions(command).action((guest: string, words: string[], flags: ChangeFlags) => {
    const [first = "", ...rest] = words;
    const mac = first.includes("=") ? undefined : readMac(first);
    const wanted = parseNicSettings(mac === undefined ? words : rest);
    return runChange(context, flags, (cluster) =>
      planSetNic(cluster, choiceOf([guest], flags), mac, wanted, { signal: context.signal }),
    );
  });
}

function registerRemove(command: Command, context: Context): void {
  command
    .argument("<guest>", "a name, a UUID, NODE/GUEST or a glob")
    .argument("[mac]", "the card's MAC, where the guest has several")
    .description("take a network card from a guest")
    .addHelpText(
      "after",
      "\nExamples:\n  mclu nic remove web1 52:54:00:12:34:56\n\nA guest that runs has to let go of it.",
    );
  addChangeOptions(command).action((guest: string, mac: string | undefined, flags: ChangeFlags) => {
    const wanted = mac === undefined ? undefined : readMac(mac);
    return runChange(context, flags, (cluster) =>
      planRemoveNic(cluster, choiceOf([guest], flags), wanted, { signal: context.signal }),
    );
  });
}
