import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exitCodes } from "../../src/errors.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";
import { type Type, typist } from "./typist.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

const net = "10.155.0";

interface Step {
  readonly command: string;
  readonly output: string;
}

/** What a reader types and then sees, from all blocks of a session. */
function stepsOf(text: string): readonly Step[] {
  return [...text.matchAll(/^```console\n(.*?)^```$/gms)].flatMap(([, block = ""]) =>
    block
      .split(/^\$ /m)
      .slice(1)
      .map((step) => {
        const [command = "", ...lines] = step.split("\n");
        return { command, output: lines.join("\n") };
      }),
  );
}

/**
 * Text with a mark for each number that stands by itself, and one blank for many: sizes, times and addresses differ, and
 * a guest may have no address yet.
 */
function shapeOf(text: string): string {
  return text
    .replaceAll(/(?<![\w.-])-?\d+(\.\d+)*/g, "#")
    .replaceAll(/ -(?= )/g, " #")
    .replaceAll(/ +/g, " ");
}

describe("README.md", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let type: Type;

  beforeAll(async () => {
    fleet = await startFleet({ net, nodes: 3 });
    user = await fleetUser(fleet, { config: (text) => text.replace("[mclu]\n", "[mclu]\nhost-reserve = 1G\n") });
    await mkdir(join(user.home, ".ssh"));
    await copyFile(join(fleet.dir, "home/.ssh/id_ed25519.pub"), join(user.home, ".ssh/id_ed25519.pub"));
    type = await typist(fleet, user, net);
    await fleet.off("ham2");
  });
  afterAll(async () => await fleet?.down());

  it("has a session that runs as it is written", { timeout: 1_800_000 }, async () => {
    // what an earlier try left
    await type("mclu delete -y --force first");
    const steps = stepsOf(await readFile(join(root, "README.md"), "utf8"));
    const verbs = steps.map(({ command }) => command.replace(/^mclu /, "").split(" ")[0]);
    expect(verbs).toEqual(["build", "wait", "status", "list", "ssh", "stop", "start", "destroy", "delete"]);
    for (const { command, output } of steps) {
      let run = await type(command);
      // a busy machine takes many times as long: what was not there by the deadline is waited for again, as a reader would
      for (let again = 0; run.code === exitCodes.deadline && again < 10; again++) run = await type(command);
      expect({ command, code: run.code, stdout: shapeOf(run.stdout) }, run.stderr).toEqual({
        command,
        code: 0,
        stdout: shapeOf(output),
      });
    }
    const ham0 = fleet.node("ham0");
    expect(await ham0.enter("ls -A /var/lib/libvirt/images; virsh -q -c qemu:///system list --all --name")).toBe("");
    await expectNothingLeft([ham0, fleet.node("ham1")]);
  });
});
