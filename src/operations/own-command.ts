import { commandLine } from "../node/shell.ts";

/** How mclu is called so that it reads the configuration that it was given now, for a shell. */
export function ownCommand({ file }: { readonly file?: string | undefined }): string {
  return commandLine(["mclu", ...(file === undefined ? [] : ["-f", file])]);
}
