import { expect, it } from "vitest";
import { missingPrograms } from "../../scripts/debian.mjs";

it("says which programs are not here, and finds those that only root has in PATH", () => {
  const { PATH } = process.env;
  process.env.PATH = "/usr/bin";
  expect(missingPrograms(["sh", "sshd", "no-such-program", "ssh"])).toEqual(["no-such-program"]);
  process.env.PATH = PATH;
});
