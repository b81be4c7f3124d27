import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyCheckout } from "../support/checkout.ts";
import { guardFleet } from "./fleet.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Typed {
  /** As a shell has it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A newcomer with a checkout of their own, in which nothing was built yet, and a home with nothing in it. */
export interface Newcomer {
  /** What the demo of this user leaves on the machine while it is up. */
  readonly demoDirectory: string;
  /** Types a line in a new shell in the checkout; `first` is typed before it. */
  type(line: string, first?: string): Promise<Typed>;
  /** Removes what is theirs; the demo goes with this process if it is still there. */
  leave(): void;
}

/** @param net the first three numbers of the /24 of the demo */
export function newcomer(net: string): Newcomer {
  const directory = mkdtempSync(join(tmpdir(), "mclu-newcomer-"));
  const checkout = join(directory, "mclu");
  const home = join(directory, "home");
  mkdirSync(home);
  copyCheckout(checkout);
  // `npm ci` is done: what it would install is what these tests run with
  symlinkSync(join(root, "node_modules"), join(checkout, "node_modules"));
  utimesSync(join(checkout, "package-lock.json"), 0, 0);
  const { PATH, TMPDIR, FLEET_CACHE } = process.env;
  const own = { PATH, TMPDIR, FLEET_CACHE, HOME: home, TERM: "xterm", npm_config_update_notifier: "false" };
  const env: NodeJS.ProcessEnv = { ...own, MCLU_DEMO_NET: net };
  const demoDirectory = `/var/lib/mclu-demo-${net}`;
  const dismissGuard = guardFleet({ ...env, FLEET_DIR: demoDirectory, FLEET_NET: net });
  return {
    demoDirectory,
    type: (line, first = ":") =>
      new Promise((resolve, reject) => {
        const argv = ["-o", "pipefail", "-c", `${first}\n${line}`];
        const child = spawn("bash", argv, { cwd: checkout, env, stdio: ["ignore", "pipe", "pipe"] });
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
          stdout += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          stderr += text;
        });
        child.once("error", reject);
        child.once("close", (code) => resolve({ code, stdout, stderr }));
      }),
    leave() {
      dismissGuard();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
