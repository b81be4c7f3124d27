import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Copies this checkout to a directory that is not there yet: without what is installed and built, and without these of its
 * own directories and files. Tests of the program in `dist/` go on while the copy is built.
 */
export function copyCheckout(to: string, without: readonly string[] = []): void {
  const left = new Set(["node_modules", ".git", "dist", "coverage", ...without]);
  cpSync(root, to, { recursive: true, filter: (source) => !left.has(source.slice(root.length)) });
}
