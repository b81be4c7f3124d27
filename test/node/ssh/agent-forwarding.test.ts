import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { startAgent } from "../../support/fake-agent.ts";
import { makeKey, startSshd } from "../../support/fake-sshd.ts";
import { runMclu } from "../../support/run-mclu.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { authorized } from "./asking.ts";

/** A host to which the user's ssh lends the user's agent. */
async function lending() {
  const sshd = await startSshd({ authorized });
  const agent = await startAgent(makeKey().public);
  const config = ["ForwardAgent yes", `IdentityAgent ${agent.socketPath}`];
  return { sshd, world: sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } }) };
}

it("ssh lends the agent with ForwardAgent yes", async () => {
  const { sshd, world } = await lending();
  await promisify(execFile)("ssh", ["-F", world.env["MCLU_SSH_CONFIG"] ?? "", "ham0", "true"], { env: world.env });
  expect(sshd.seen).toMatchObject({ commands: ["true"], agentForwards: 1 });
});

it.each(["ssh", "openssh"])("a node never gets the user's agent, with ForwardAgent yes, over %s", async (transport) => {
  const { sshd, world } = await lending();
  const env = { ...world.env, MCLU_TRANSPORT: transport };
  const run = await runMclu(["exec", "ham0", "--", "true"], { config: world.config, env });
  expect(run).toEqual({ code: 0, stdout: "", stderr: "" });
  expect(sshd.seen.commands.length).toBeGreaterThan(0);
  expect(sshd.seen.agentForwards).toBe(0);
});
