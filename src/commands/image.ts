import type { Command } from "commander";
import { imageList } from "../operations/image-list.ts";
import { planImageMark } from "../operations/image-mark.ts";
import { readExitCode } from "../operations/silence.ts";
import { imageListing } from "../render/image-list.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";
import { addCopy } from "./image-copy.ts";
import { addExport } from "./image-export.ts";
import { refuseMistypedCommand } from "./instead-of-nodes.ts";
import { addListingOptions } from "./output-options.ts";

const help = `
Examples:
  mclu image list                    what can be cloned
  mclu image copy debian-original ham2
  mclu image export debian-original --format vmdk debian.vmdk
  mclu image mark web1               web1 counts as an image from now on

An image is a guest that is shut off and whose name ends in "original", or that was marked. The mark is in its metadata
in libvirt, so that every administrator's mclu sees it.`;

/** `image list`, `copy`, `export`, `mark`, `unmark`. */
export function registerImage(program: Command, context: Context): void {
  const group = program
    .command("image")
    .description("list the guests that others are cloned from, copy and export them, mark them");
  group.addHelpText("after", help);
  addList(group.command("list", { isDefault: true }).alias("ls"), context);
  addCopy(group.command("copy"), context);
  addExport(group.command("export"), context);
  for (const verb of ["mark", "unmark"] as const) addMark(group.command(verb), context, verb);
}

function addList(command: Command, context: Context): void {
  command
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("list the images of every node")
    .option("--all", "every guest that is shut off: clone takes them all")
    .addHelpText("after", "\nExamples:\n  mclu image list\n  mclu image list --all ham0");
  addListingOptions(command, imageListing({ images: [], nodes: [] })).action(
    async (nodes: string[], flags: OutputOptions & { readonly all?: boolean }) => {
      const { terminal, style, warnings, signal } = context;
      const code = await context.withCluster(async (cluster) => {
        refuseMistypedCommand(command, cluster, nodes);
        const report = await imageList(cluster, { nodes, all: flags.all, signal });
        terminal.out(renderListing(imageListing(report), flags, style));
        if (flags.output === "text" && report.images.length === 0 && report.nodes.some(({ state }) => state === "on"))
          terminal.err(
            warnings.dim(`${flags.all ? "no guest is shut off" : "no images: mclu image mark makes one of a guest"}\n`),
          );
        terminal.err(renderSilence(report.nodes, warnings));
        return readExitCode(report.nodes, nodes);
      });
      context.finish(code);
    },
  );
}

const words = { mark: "make images of guests", unmark: "make plain guests of images again" } as const;

function addMark(command: Command, context: Context, verb: "mark" | "unmark"): void {
  command
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
    .usage("[options] GUEST...")
    .description(words[verb])
    .addHelpText("after", `\nExamples:\n  mclu image ${verb} web1`);
  addChangeOptions(command).action((guests: string[], flags: ChangeFlags) =>
    runChange(context, flags, (cluster) =>
      planImageMark(cluster, verb, choiceOf(guests, flags), { signal: context.signal }),
    ),
  );
}
