/**
 * Quotes one word for any POSIX shell (and for virsh's own command line, which reads single quotes the same way).
 * Throws on NUL, which no argument can carry.
 */
export function quote(word: string): string {
  if (word.includes("\0")) throw new Error("a NUL cannot be passed to a command");
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A command line that a POSIX shell splits into exactly these words. */
export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(" ");
}
