import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { expect, it, onTestFinished, vi } from "vitest";
import { makeJobId } from "../../../src/node/jobs/job-id.ts";
import { controlSocket } from "../../../src/operations/move/move-shell.ts";
import { withRelayedControl } from "../../../src/operations/move/relay-control.ts";
import { startSshd } from "../../node/openssh/sshd.ts";
import { makeHome, makeWorld } from "../../node/openssh/world.ts";

/** Processes that name the socket of a job. */
function guards(id: string): number {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(controlSocket(id))).length;
}

it("leaves no socket on the source when its client is gone before anything there knows of it", async () => {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory);
  const node = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]).node("ham0");
  const id = makeJobId();
  const path = controlSocket(id);
  let opened: () => void = () => undefined;
  const open = new Promise<void>((resolve) => {
    opened = resolve;
  });
  const work = withRelayedControl(node, node, id, () => {
    opened();
    return new Promise<never>(() => undefined);
  });
  onTestFinished(() => void work.catch(() => undefined));
  await open;
  expect(statSync(path).mode & 0o777).toBe(0o600);
  await vi.waitFor(() => expect(guards(id)).toBe(1), { timeout: 10_000 });
  await node.close();
  await vi.waitFor(() => expect([existsSync(path), guards(id)]).toEqual([false, 0]), { timeout: 10_000 });
});
