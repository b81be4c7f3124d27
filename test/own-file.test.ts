import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getuid } from "node:process";
import { describe, expect, it } from "vitest";
import { updateOwnFile } from "../src/own-file.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

const uid = getuid?.() ?? -1;
const adding = (more: string) => (text: string) => text + more;

describe("updateOwnFile", () => {
  it("makes the file, changes what is in it, and leaves no lock", () => {
    const file = join(temporaryDirectory(), "new/file");
    updateOwnFile(file, uid, adding("a"));
    updateOwnFile(file, uid, adding("b"));
    updateOwnFile(file, uid, () => undefined);
    expect(readFileSync(file, "utf8")).toBe("ab");
    expect(existsSync(`${file}.lock`)).toBe(false);
  });

  it("waits for another run that is writing it, and keeps what that wrote", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(`${file}.lock`, "");
    const script = 'sleep 0.3; umask 077; printf theirs >"$1"; rm "$1.lock"';
    const other = spawn("sh", ["-c", script, "sh", file], { stdio: "ignore" });
    const ended = once(other, "exit");
    updateOwnFile(file, uid, adding("+ours"));
    await ended;
    expect(readFileSync(file, "utf8")).toBe("theirs+ours");
  });

  it("waits for nobody who was killed", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(`${file}.lock`, "");
    utimesSync(`${file}.lock`, 1000, 1000);
    const begun = performance.now();
    updateOwnFile(file, uid, adding("a"));
    expect(performance.now() - begun).toBeLessThan(900);
    expect([readFileSync(file, "utf8"), existsSync(`${file}.lock`)]).toEqual(["a", false]);
  });

  it("goes on without a lock where none can be made, and never throws", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "x", { mode: 0o600 });
    let seen: string | undefined;
    updateOwnFile(join(file, "below"), uid, (text) => {
      seen = text;
      return "y";
    });
    expect([seen, readFileSync(file, "utf8")]).toEqual(["", "x"]);
  });
});
