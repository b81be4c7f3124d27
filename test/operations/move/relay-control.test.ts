import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { makeJobId } from "../../../src/node/jobs/job-id.ts";
import {
  controlDirectory,
  controlSocket,
  forgetControl,
  makeControl,
} from "../../../src/operations/move/control-socket.ts";
import { withRelayedControl } from "../../../src/operations/move/relay-control.ts";
import { startSshd } from "../../node/openssh/sshd.ts";
import { makeHome, makeWorld } from "../../node/openssh/world.ts";

/** Processes that name the socket of a job. */
function guards(id: string): number {
  const all = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  return all.filter((line) => line.includes(controlSocket(id))).length;
}

/** A node with lines of sshd_config of its own. */
async function startNode(config: readonly string[] = []) {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory, config);
  return makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]).node("ham0");
}

const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("the socket on the source of a move whose calls go through this machine", () => {
  it("is gone, and its directory, when its client is gone before anything there knows of it", async () => {
    const node = await startNode();
    const id = makeJobId();
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
    expect([modeOf(controlDirectory(id)), modeOf(controlSocket(id))]).toEqual([0o700, 0o600]);
    await vi.waitFor(() => expect(guards(id)).toBe(1), { timeout: 10_000 });
    await node.close();
    await vi.waitFor(() => expect([existsSync(controlDirectory(id)), guards(id)]).toEqual([false, 0]), {
      timeout: 10_000,
    });
  });

  it("is nobody else's, whatever sshd makes of it, and gone where the move fails", async () => {
    const node = await startNode(["StreamLocalBindMask 0000"]);
    const id = makeJobId();
    const work = async () => {
      expect([modeOf(controlDirectory(id)), modeOf(controlSocket(id))]).toEqual([0o700, 0o777]);
      throw new Error("the move failed");
    };
    await expect(withRelayedControl(node, node, id, work)).rejects.toThrow("the move failed");
    expect(existsSync(controlDirectory(id))).toBe(false);
    await vi.waitFor(() => expect(guards(id)).toBe(0), { timeout: 10_000 });
  });

  it("is not put where somebody has made a directory already", async () => {
    const node = await startNode();
    const id = makeJobId();
    mkdirSync(controlDirectory(id));
    writeFileSync(`${controlDirectory(id)}/theirs`, "");
    onTestFinished(() => rmSync(controlDirectory(id), { recursive: true }));
    await expect(withRelayedControl(node, node, id, () => expect.fail("begun"))).rejects.toMatchObject({
      silence: {
        ...{ state: "failed", reason: "denied", hint: "mclu exec ham0 -- ls -ld /tmp" },
        detail: expect.stringMatching(/^it makes no directory for a socket: mkdir: .*File exists$/),
      },
    });
    expect(existsSync(`${controlDirectory(id)}/theirs`)).toBe(true);
  });
});

// only root gives a directory to somebody else
it.runIf(process.getuid?.() === 0)("is the login's where sudo makes it, and removes nothing but what it made", () => {
  const id = makeJobId();
  const sh = (script: string, uid = "") =>
    execFileSync("sh", ["-c", script], { env: { ...process.env, SUDO_UID: uid } });
  sh(makeControl(id), "4242");
  expect(statSync(controlDirectory(id)).uid).toBe(4242);
  sh(forgetControl(id));
  // by then the name is anybody's
  const { directory } = makeHome();
  symlinkSync(directory, controlDirectory(id));
  onTestFinished(() => rmSync(controlDirectory(id)));
  sh(forgetControl(id));
  expect(existsSync(`${directory}/id`)).toBe(true);
});
