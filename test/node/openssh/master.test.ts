import { chmodSync } from "node:fs";
import { expect, it, onTestFinished, vi } from "vitest";
import { startMaster } from "../../../src/node/openssh/master.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { silenceOf } from "./world.ts";

it("says where no directory for the login can be made", async () => {
  vi.stubEnv("TMPDIR", "/dev/null");
  onTestFinished(() => void vi.unstubAllEnvs());
  const starting = startMaster({ argv: () => [], socket: undefined, jumps: 0, env: {}, seconds: 1, signal: undefined });
  const silence = await silenceOf(starting);
  expect(silence).toMatchObject({ reason: "no-network", hint: "ls -ld /dev/null; df /dev/null" });
  expect(silence.detail).toMatch(/^no directory of our own can be made: ENOTDIR/);
});

it("has its control socket where nobody else can put another one in its place", async () => {
  const directory = temporaryDirectory();
  chmodSync(directory, 0o777);
  vi.stubEnv("TMPDIR", directory);
  onTestFinished(() => void vi.unstubAllEnvs());
  const seen: string[] = [];
  const argv = (place: string) => {
    seen.push(place);
    return ["-V"];
  };
  const { PATH } = process.env;
  await startMaster({ argv, socket: undefined, jumps: 0, env: { PATH }, seconds: 5, signal: undefined });
  expect(seen).toEqual([expect.stringMatching(/^\/tmp\/mclu-/)]);
});
