import { execFileSync } from "node:child_process";

/** A user whom files of others are denied: root, as whom tests may run, is denied none. */
const nobody = 65534;

/** Runs a program as somebody who may only what everybody may, and gives what it printed, whatever its exit code. */
export function asNobody(file: string, args: readonly string[]): string {
  const who = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {};
  try {
    return execFileSync(file, args, { encoding: "utf8", cwd: "/", ...who });
  } catch (error) {
    if (error instanceof Error && "stdout" in error) return String(error.stdout);
    throw error;
  }
}
