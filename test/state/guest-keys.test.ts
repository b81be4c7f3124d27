import { chmodSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { currentAccount } from "../../src/account.ts";
import { guestKeysFile } from "../../src/state/guest-keys.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const { uid } = currentAccount();

describe("guestKeysFile", () => {
  it("makes a file of this user alone, and keeps what is in it", () => {
    const directory = join(temporaryDirectory(), "state/mclu");
    const file = guestKeysFile(directory, uid);
    expect([statSync(file).mode & 0o777, statSync(directory).mode & 0o777]).toEqual([0o600, 0o700]);
    writeFileSync(file, "a key\n");
    chmodSync(file, 0o644);
    expect(guestKeysFile(directory, uid)).toBe(file);
    expect([readFileSync(file, "utf8"), statSync(file).mode & 0o777]).toEqual(["a key\n", 0o600]);
  });

  it("refuses a link, and another user's file", () => {
    const directory = temporaryDirectory();
    symlinkSync("/etc/passwd", join(directory, "known_hosts"));
    expect(() => guestKeysFile(directory, uid)).toThrow("ELOOP");
    expect(() => guestKeysFile(temporaryDirectory(), uid + 1)).toThrow("is not a file of this user");
  });

  it("refuses a directory in which others could put theirs in its place", () => {
    const above = temporaryDirectory();
    guestKeysFile(join(above, "state/mclu"), uid);
    chmodSync(above, 0o777);
    expect(() => guestKeysFile(join(above, "state/mclu"), uid)).toThrow("others than its user may write");
  });
});
