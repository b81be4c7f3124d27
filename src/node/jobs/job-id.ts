import { randomInt } from "node:crypto";

const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

/** A job's name: sorts by time (UTC, this machine's clock), and nobody can guess it: `20261121T134500-k3v9x0qa`. */
export function makeJobId(now = new Date()): string {
  const time = now.toISOString().replace(/[-:]/g, "").slice(0, 15);
  return `${time}-${Array.from({ length: 8 }, () => alphabet[randomInt(alphabet.length)]).join("")}`;
}

/** Whether a text can be a job's name at all; everything else never gets into a script. */
export function isJobId(text: string): boolean {
  return /^\d{8}T\d{6}-[a-z0-9]{8}$/.test(text);
}

/** A pattern of `sh`, in the C locale, for exactly the names that `isJobId` knows. */
export const jobIdGlob = `${"[0-9]".repeat(8)}T${"[0-9]".repeat(6)}-${"[a-z0-9]".repeat(8)}`;
