import { expect, it, onTestFinished, vi } from "vitest";
import { startMaster } from "../../../src/node/openssh/master.ts";
import { silenceOf } from "./world.ts";

it("says where no directory for the login can be made", async () => {
  vi.stubEnv("TMPDIR", "/dev/null");
  onTestFinished(() => void vi.unstubAllEnvs());
  const starting = startMaster({ argv: () => [], socket: undefined, env: {}, seconds: 1, signal: undefined });
  const silence = await silenceOf(starting);
  expect(silence).toMatchObject({ reason: "no-network", hint: "ls -ld /dev/null; df /dev/null" });
  expect(silence.detail).toMatch(/^no directory of our own can be made: ENOTDIR/);
});
