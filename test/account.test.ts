import { describe, expect, it } from "vitest";
import { currentAccount, homeDirectory } from "../src/account.ts";

describe("currentAccount", () => {
  it("is the password database's", () => {
    expect(currentAccount()).toMatchObject({ uid: process.getuid?.() });
  });

  it("has a number for a name where the password database does not know it", () => {
    const unknown = () => {
      throw new Error("uv_os_get_passwd returned ENOENT");
    };
    const uid = process.getuid?.();
    expect(currentAccount(unknown)).toEqual({ user: String(uid), uid, home: "/" });
  });
});

describe("homeDirectory", () => {
  it("is $HOME, unless that is empty", () => {
    expect(homeDirectory({ HOME: "/home/x" })).toBe("/home/x");
    expect(homeDirectory({ HOME: "" })).toBe(currentAccount().home);
  });
});
