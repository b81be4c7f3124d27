import { isNetworkFileSystem } from "./file-system.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/**
 * Whether a node has mounted a file system that other hosts may have mounted too. Asks the kernel for its list and no
 * file system for anything: one whose server is gone would never answer.
 */
export const networkMountsQuery: Query<boolean> = {
  steps: [{ run: ["cat", "/proc/self/mounts"] }],
  parse([answer]) {
    if (answer?.code !== 0) throw new UnexpectedOutput("the mounts of a node", `exit code ${answer?.code ?? "none"}`);
    const lines = (answer.texts[0] ?? "").split("\n").filter((line) => line !== "");
    return lines.some((line) => isNetworkFileSystem(line.split(" ")[2] ?? ""));
  },
};
