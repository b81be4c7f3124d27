import { spawn } from "node:child_process";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../src/node/failure.ts";
import { started } from "../../src/node/started.ts";

/** The silence of a child that cannot be started. */
async function silenceOf(starting: Promise<unknown>) {
  const error = await starting.catch((error: unknown) => error);
  if (!(error instanceof NodeError)) throw error;
  return error.silence;
}

describe("a child process", () => {
  it("is there once it runs, with its streams", async () => {
    const child = await started("sh", () => spawn("sh", ["-c", "echo here"]));
    let said = "";
    for await (const text of child.stdout.setEncoding("utf8")) said += text;
    expect(said).toBe("here\n");
  });

  it("that is no program says which", async () => {
    const silence = await silenceOf(started("no-such-program", () => spawn("no-such-program")));
    expect(silence).toMatchObject({ reason: "protocol", detail: "there is no no-such-program on this machine" });
  });

  it.each([
    ["EMFILE", "EMFILE: this machine may open no more files", "ulimit -n 4096"],
    ["EAGAIN", "EAGAIN: this machine may start no more processes", "ulimit -u"],
    ["ENOMEM", "ENOMEM: this machine may start no more processes", "free"],
  ])("that the machine has no room for says so: %s", async (code, detail, hint) => {
    const starting = started("sh", () => {
      throw Object.assign(new Error(`spawn ${code}`), { code });
    });
    expect(await silenceOf(starting)).toEqual({ state: "failed", reason: "no-network", detail, hint });
  });
});
