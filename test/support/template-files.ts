import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runMclu, temporaryDirectory } from "./run-mclu.ts";

/** The least that is a template. */
export const right = "[template]\nimage = tiny\n";

/** A directory with these files. */
export function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

/** Runs `mclu template` with this search path. */
export function runTemplate(argv: string, path: string, config?: string) {
  return runMclu(["template", ...argv.split(" ")], {
    env: { MCLU_PATH: path },
    ...(config !== undefined && { config }),
  });
}
