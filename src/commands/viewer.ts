import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { type Command, Option } from "commander";
import { exitCodes } from "../errors.ts";
import { type LocalScreen, withScreen } from "../operations/viewer.ts";
import { clean } from "../render/clean.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context, Environment } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface ViewerFlags extends NodeFlags {
  readonly open: boolean;
  readonly type?: "vnc" | "spice";
  readonly socket?: boolean;
}

const help = `
Examples:
  mclu viewer web1
  mclu viewer --no-open ham0/web1          prints vnc://127.0.0.1:PORT, for a viewer of your own
  mclu viewer --no-open --socket web1      a socket that nobody else on this machine can open

remote-viewer shows it, or vncviewer, where they are installed. The port is for one viewer: the next one is refused. mclu ends
with the viewer. A password that the screen wants is asked by the viewer.`;

export function registerViewer(program: Command, context: Context): void {
  const command = program
    .command("viewer")
    .argument("<guest>", "name, UUID or NODE/GUEST")
    .description("show a guest's screen (VNC or SPICE) in a viewer")
    .option("--no-open", "start no viewer: print where one connects to")
    .option("--socket", "a Unix socket instead of a port of 127.0.0.1")
    .addOption(new Option("--type <type>", "which of several screens").choices(["vnc", "spice"]))
    .addHelpText("after", help);
  addNodeOption(command).action(async (guest: string, flags: ViewerFlags) => {
    const { signal, terminal, warnings } = context;
    const local = flags.socket ? ("socket" as const) : ("port" as const);
    const code = await context.withCluster((cluster) =>
      withScreen(cluster, guest, { nodes: flags.node, type: flags.type, local, signal }, async (screen) => {
        terminal.err(renderSilence(screen.nodes, warnings));
        const viewer = flags.open ? findViewer(context.env, screen) : undefined;
        return viewer ? runViewer(context, viewer, screen) : awaitViewer(context, screen, flags.open);
      }),
    );
    context.finish(code);
  });
}

async function runViewer(
  { terminal, signal }: Context,
  viewer: readonly string[],
  { over }: LocalScreen,
): Promise<number> {
  const code = await terminal.run(viewer, signal);
  // why it saw nothing, where that is known by now
  await Promise.race([over, Promise.resolve()]);
  if (signal.aborted || code === null) return exitCodes.interrupted;
  return code === 0 ? exitCodes.done : exitCodes.failed;
}

async function awaitViewer(
  { terminal, warnings, signal }: Context,
  { uri, over, node, name }: LocalScreen,
  wanted: boolean,
): Promise<number> {
  terminal.out(`${uri}\n`);
  const why = wanted ? "no viewer is installed here, or there is no display; " : "";
  terminal.err(`${warnings.dim(clean(`${node}/${name}: ${why}waiting for one viewer; Ctrl-C ends`))}\n`);
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
    // what is said before may take its time
    if (signal.aborted) resolve();
  });
  await Promise.race([over, interrupted]);
  return signal.aborted ? exitCodes.interrupted : exitCodes.done;
}

/** The command that shows a screen; undefined where there is none, or nothing to show it on. */
function findViewer(env: Environment, { type, uri, port, path }: LocalScreen): readonly string[] | undefined {
  if (env["DISPLAY"] === undefined && env["WAYLAND_DISPLAY"] === undefined) return undefined;
  const isInstalled = (program: string) =>
    (env["PATH"] ?? "").split(":").some((directory) => {
      try {
        accessSync(join(directory, program), constants.X_OK);
        return directory !== "";
      } catch {
        return false;
      }
    });
  if (isInstalled("remote-viewer")) return ["remote-viewer", "--", uri];
  if (type === "vnc" && isInstalled("vncviewer")) return ["vncviewer", path ?? `127.0.0.1::${port}`];
  return undefined;
}
