import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { neededPrograms, refuseLacking, withPrograms } from "../../src/node/needed-programs.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

describe("a script that takes programs for granted", () => {
  const body = "x=$(printf b | sed s/b/c/); stat -c %s /dev/null\necho $x";

  it("names them as words of their own", () => {
    expect(neededPrograms(`${body}; ls; ls; my-cat "$cat_x" /usr/bin/tail --sort head.x`)).toEqual([
      "ls",
      "sed",
      "stat",
    ]);
  });

  it.each(["dash", "bash", "busybox sh"])("runs where all of them are there, and nowhere else, under %s", (shell) => {
    const bin = temporaryDirectory();
    const run = () => {
      const [program = "", ...more] = shell.split(" ");
      const argv = [...more, "-c", withPrograms(body, "nonce")];
      return execFileSync(`/usr/bin/${program}`, argv, { encoding: "utf8", env: { PATH: bin } });
    };
    // a busybox shell has them all
    if (!shell.startsWith("busybox")) expect(run()).toBe("nonce lacks sed stat\n");
    symlinkSync("/usr/bin/sed", join(bin, "sed"));
    if (!shell.startsWith("busybox")) expect(run()).toBe("nonce lacks stat\n");
    symlinkSync("/usr/bin/stat", join(bin, "stat"));
    expect(run()).toBe("0\nc\n");
  });

  it("is left as it is where it needs none", () => {
    expect(withPrograms("echo x", "nonce")).toBe("echo x");
  });

  it("has the node that lacks one named, and nothing else that it says", () => {
    const silence = (answer: string) => {
      try {
        refuseLacking(answer, "nonce", "ssh ham0 ");
      } catch (error) {
        return (error as { silence?: unknown }).silence;
      }
      return undefined;
    };
    const refused = { state: "failed", reason: "protocol", detail: "no sed, no stat in its PATH" };
    expect(silence("nonce lacks sed stat\n")).toEqual({ ...refused, hint: "ssh ham0 command -v sed stat" });
    expect(silence("nonce lacks $(reboot) sed;reboot stat\nx")).toEqual({
      ...refused,
      hint: "ssh ham0 command -v sed stat",
    });
    expect(silence("nonce text\nnonce lacks stat\n")).toBeUndefined();
  });
});
