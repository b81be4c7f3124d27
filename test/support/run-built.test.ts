import { expect, it } from "vitest";
import { runBuilt } from "./run-built.ts";

it("a run whose moment for a signal never comes is over, and says so", async () => {
  const never = new Promise((_, reject) => setTimeout(reject, 100, new Error("exit 124")));
  const run = await runBuilt(["--version"], {
    env: { PATH: process.env["PATH"] ?? "" },
    under: ["sh", "-c", 'exec sleep 30; "$@"', "-"],
    signal: { name: "SIGKILL", when: never },
  });
  expect([run.code, run.stderr]).toEqual([-1, "the moment for SIGKILL never came: Error: exit 124\n"]);
});
