import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { startSshd } from "./sshd.ts";
import { clients, expectNothingLeft, makeHome, makeWorld } from "./world.ts";

const program = `
import { startMaster } from "./src/node/openssh/master.ts";
import { loginArguments } from "./src/node/openssh/arguments.ts";
const { node, ssh, env } = JSON.parse(process.argv[2]);
const argv = (directory) =>
  loginArguments(node, ssh, { configFile: env.MCLU_SSH_CONFIG, direct: false, seconds: 8, directory, given: [] });
const { kind } = await startMaster({ argv, env, seconds: 8 });
console.log(kind);
`;

it("the login of a run that is killed ends with it", async () => {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory);
  const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
  const file = join(directory, "program.mjs");
  const root = fileURLToPath(new URL("../../..", import.meta.url));
  await build({
    stdin: { contents: program, resolveDir: root },
    ...{ bundle: true, platform: "node", format: "esm", outfile: file, logLevel: "error" },
  });
  const env = { PATH: process.env["PATH"], TMPDIR: directory, MCLU_SSH_CONFIG: world.sshConfig };
  const run = { node: { host: "ham0" }, ssh: { strictHostKeyChecking: "yes" }, env };
  const child = spawn(process.execPath, [file, JSON.stringify(run)], { env, stdio: ["ignore", "pipe", "inherit"] });
  expect(String(await new Promise((resolve) => child.stdout.once("data", resolve)))).toBe("ready\n");
  expect(clients(directory)).not.toEqual([]);
  child.kill("SIGKILL");
  await expectNothingLeft(directory);
});
