import { describe, expect, it } from "vitest";
import { readStep } from "../../src/template/step.ts";
import { stepNames, stepSyntax } from "../../src/template/step-syntax.ts";

const origin = { from: "command line", option: "--x" } as const;
const step = (name: string, value: string | null) => readStep(name, value, origin, "/srv/t");

describe("a step", () => {
  it.each([
    ["upload", "files/motd:/etc/motd", "", "/srv/t/files/motd", ":/etc/motd"],
    ["upload", "/a b:/etc/x:y", "", "/a b", ":/etc/x:y"],
    ["tar-in", "a.tar:/", "", "/srv/t/a.tar", ":/"],
    ["run", "../s:1.sh", "", "/srv/s:1.sh", ""],
    ["firstboot", "s.sh", "", "/srv/t/s.sh", ""],
    ["ssh-inject", "kei:file:k.pub", "kei:file:", "/srv/t/k.pub", ""],
    ["sm-attach", "file:pool", "file:", "/srv/t/pool", ""],
  ])("%s %s names a file of this machine", (name, value, before, path, after) => {
    const { local, shown } = step(name, value);
    expect(local).toEqual({ before, path, after, tree: false, secret: false });
    expect(shown).toBe(`${before}${path}${after}`);
  });

  it("may copy a directory with copy-in alone", () => {
    expect(step("copy-in", "tree/:/srv").local).toMatchObject({ path: "/srv/t/tree", tree: true });
  });

  it.each([
    ["root-password", "password:a:b", "password:***"],
    ["root-password", "lock:password:hunter2", "lock:password:***"],
    ["password", "kei:password:hunter2 ", "kei:password:***"],
    ["password", "kei:locked:password:hunter2", "kei:locked:password:***"],
    ["sm-credentials", "kei:password:hunter2", "kei:password:***"],
  ])("%s shows no password: %s", (name, value, shown) => {
    expect(step(name, value)).toMatchObject({ value, shown, local: null });
  });

  it.each([
    ["root-password", "file:pw", "file:"],
    ["root-password", "lock:file:pw", "lock:file:"],
    ["password", "kei:file:pw", "kei:file:"],
    ["sm-credentials", "kei:file:pw", "kei:file:"],
  ])("%s %s has its password in a file", (name, value, before) => {
    expect(step(name, value).local).toMatchObject({ path: "/srv/t/pw", before, secret: true });
  });

  it.each([
    ["root-password", "disabled"],
    ["root-password", "lock"],
    ["root-password", "lock:disabled"],
    ["password", "kei:locked"],
    ["ssh-inject", "kei:string:ssh-ed25519 AAAA kei@ham"],
    ["sm-attach", "auto"],
    ["sm-attach", "pool:1"],
    ["selinux-relabel", null],
    ["firstboot-command", " echo a "],
    ["chmod", "0644:/etc/motd"],
    ["password-crypto", "yescrypt"],
  ])("%s %s is right", (name, value) => {
    expect(step(name, value)).toEqual({ name, value, shown: value, origin, local: null });
  });

  it.each([
    ["instal", "a", "unknown step instal: did you mean install?"],
    ["run_command", "a", "did you mean run-command?"],
    ["Install", "a", "did you mean install?"],
    ["--install", "a", "steps stand without dashes here: write install"],
    ["--instal", "a", "did you mean install?"],
    ["nonsense", "a", "unknown step nonsense: see virt-builder(1)"],
    ["hostname", "web1", "a build gives the name of the guest"],
    ["commands-from-file", "f", "put its lines here"],
    ["packages", "a", "did you mean install?"],
    ["size", "20G", "it belongs under [template]"],
    ["install=nginx", null, '"=" stands behind install: write install VALUE'],
    ["install:", "nginx", '":" stands behind install'],
    ["install\tnginx", null, "a tab stands behind install: virt-builder wants a space there"],
    ["install\u00a0nginx", null, "something else than a space stands behind install: virt-builder wants a space there"],
    [";", "comment", "a comment begins with # here"],
    ["[customise]", null, "[customise]: [customize] is the last section of the file"],
    ["[install]x", null, "[install]: [customize] is the last section of the file"],
    ["\u00fcpdate:x", null, "unknown step \u00fcpdate: did you mean update?"],
    ["\u{1f600}", null, "unknown step \u{1f600}: see virt-builder(1)"],
    ["install", null, "install: the value is missing: install PKG,PKG..."],
    ["install", "  ", "the value is missing"],
    ["install", "= nginx", '"=" is part of the value here'],
    ["install", "a b", "packages have commas between them, and no blanks: a,b"],
    ["install", "a, b", "no blanks: a,b"],
    ["install", "a,,b", "a package's name is missing beside a comma"],
    ["install", "-y", "no package is called -y: it would be an option of the guest's package manager"],
    ["install", "a,--reinstall", "no package is called --reinstall"],
    ["uninstall", "-oDpkg::Pre-Invoke::=id", "no package is called -oDpkg::Pre-Invoke::=id"],
    ["firstboot-install", "-y", "no package is called -y"],
    ["install", " a", "a blank at the beginning or the end"],
    ["mkdir", "/a ", "a blank at the beginning or the end"],
    ["update", "all", "update: it takes no value"],
    ["upload", "motd", "upload: expected FILE:DEST, with a colon between"],
    ["upload", ":/etc/motd", "upload: the file has no name"],
    ["upload", "a\nb:/etc/motd", "upload: the file has no name"],
    ["chown", "0:0", "expected UID:GID:PATH"],
    ["chmod", "644:/etc/motd", "644 is decimal here: write 0644:/etc/motd"],
    ["write", "/a:b\u0007", "a control character"],
    ["write", "/a:b\\", "the last character is a backslash"],
    ["write", "/a:\ufffd", "text that is not UTF-8"],
    ["password-crypto", "crypt", "expected md5|sha256|sha512"],
    ["root-password", "random", "would stand in the log of the build"],
    ["root-password", "hunter2", "expected password:SECRET, file:FILE or disabled"],
    ["root-password", "password:", "expected password:SECRET"],
    ["root-password", "disabled:x", "expected password:SECRET"],
    ["root-password", "file:a:b", "the name of a file has no colon here"],
    ["root-password", "file:", "the file has no name"],
    ["password", ":password:x", "expected USER:SELECTOR"],
    ["password", "kei", "expected USER:SELECTOR, with a colon between"],
    ["ssh-inject", "kei", "alone it takes a key of the node's own: write ssh-inject kei:file:FILE"],
    ["ssh-inject", "kei:", "a key of the node's own"],
    ["ssh-inject", "kei:string:k c:d", "a key with a colon in it can only be given as file:FILE"],
    ["ssh-inject", ":", "write ssh-inject USER:file:FILE"],
    ["ssh-inject", "kei", "write ssh-inject kei:file:FILE"],
    ["ssh-inject", "kei:key", "expected USER:file:FILE or USER:string:KEY"],
    ["sm-credentials", "kei:password:a:b", "expected USER:password:SECRET or USER:file:FILE"],
    ["sm-attach", "all", "expected auto, pool:ID or file:FILE"],
  ])("%s %s is refused", (name, value, message) => {
    expect(() => step(name, value)).toThrow(
      expect.objectContaining({ message: expect.stringContaining(message), exitCode: 2 }),
    );
  });

  it("repeats no password in what it says is wrong", () => {
    for (const name of ["root-password", "password", "sm-credentials"])
      for (const value of ["hunter2", "kei:hunter2", "password:hunter2\\", "kei:password:hunter2\\", "pw:hunter2:x"])
        expect(() => step(name, value)).toThrow(
          expect.not.objectContaining({ message: expect.stringContaining("hunter2") }),
        );
  });

  it.each([
    "root-password\u00a0password:hunter2",
    "root-password\tpassword:hunter2",
    "root_password=password:hunter2",
    "--root-password=password:hunter2",
    "rootpassword:password:hunter2",
    "Root-Password:password:hunter2",
    "[root-password]password:hunter2",
    "'root-password'password:hunter2",
    ":hunter2",
    "\uff1ahunter2",
  ])("repeats no password that no space divides from its step: %j", (text) => {
    expect(() => step(text, null)).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("hunter2"), exitCode: 2 }),
    );
  });

  it.each(stepNames)("%s wants a value or none, as libguestfs has it", (name) => {
    const { value } = stepSyntax(name);
    if (value === null) expect(step(name, null).value).toBeNull();
    else expect(() => step(name, null)).toThrow(`the value is missing: ${name} ${value}`);
  });
});
