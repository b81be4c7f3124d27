import { describe, expect, it } from "vitest";
import { Problems } from "../../src/origin.ts";
import { deliver, unknownSteps } from "../../src/template/delivery.ts";
import { givenSteps, stepOptions } from "../../src/template/given-steps.ts";

function steps(...given: readonly (readonly [string, string | null])[]) {
  const problems = new Problems();
  const read = givenSteps(
    given.map(([name, value]) => ({ name, value })),
    "/home/kei",
    problems,
  );
  return { steps: read, problems: problems.lines };
}

describe("steps of the command line", () => {
  it("become steps, with files relative to where the user is", () => {
    expect(steps(["install", "a"], ["upload", "x:/x"]).steps).toMatchObject([
      { name: "install", value: "a", origin: { option: "--install" } },
      { name: "upload", local: { path: "/home/kei/x" } },
    ]);
  });

  it("are refused by their option", () => {
    expect(steps(["install", "a b"], ["mkdir", "/a"], ["upload", "x"]).problems).toEqual([
      "command line --install: install: packages have commas between them, and no blanks: a,b",
      "command line --upload: upload: expected FILE:DEST, with a colon between",
    ]);
  });

  it("are all but the name of the guest", () => {
    const names = stepOptions.map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(["install", "run-command", "ssh-inject", "root-password", "selinux-relabel"]),
    );
    expect(names).not.toContain("hostname");
  });
});

describe("what travels to the node", () => {
  it("is the commands file, and every file under its own name", () => {
    const given = steps(
      ["upload", "files/motd:/etc"],
      ["install", "a"],
      ["copy-in", "/srv/tree:/"],
      ["root-password", "file:pw"],
    );
    expect(deliver(given.steps, { directory: "/jobs/1/files", hostname: "web1" })).toEqual({
      commands:
        "hostname web1\nupload /jobs/1/files/1/motd:/etc\ninstall a\ncopy-in /jobs/1/files/3/tree:/\nroot-password file:/jobs/1/files/4/pw\n",
      files: [
        { path: "/home/kei/files/motd", to: "1/motd", tree: false, secret: false },
        { path: "/srv/tree", to: "3/tree", tree: true, secret: false },
        { path: "/home/kei/pw", to: "4/pw", tree: false, secret: true },
      ],
    });
  });

  it.each([
    [[["install", "a"]], "root-password disabled\ninstall a\n"],
    [[["password", "kei:disabled"]], "root-password disabled\npassword kei:disabled\n"],
    [[["root-password", "password:x"]], "root-password password:x\n"],
    [[["password", "root:password:x"]], "password root:password:x\n"],
  ] as const)("gives root no password where no step does: %j", (given, commands) => {
    expect(deliver(steps(...given).steps, { directory: "/f", hostname: "a.b" }).commands).toBe(
      `hostname a.b\n${commands}`,
    );
  });
});

it("has no hostname that would be another step", () => {
  expect(() => deliver([], { directory: "/f", hostname: "a\nrun-command b" })).toThrow("was not checked");
});

describe("a node's virt-customize", () => {
  it("may lack steps", () => {
    const given = steps(["install", "a"], ["chown", "0:0:/a"], ["sm-register", null], ["edit", "/a:s/b/c/"]);
    expect(unknownSteps(given.steps, new Set(["install"]))).toEqual([
      "command line --chown: the node's virt-customize has no step chown: it came with 1.52",
      "command line --sm-register: the node's virt-customize has no step sm-register: later than 1.56 it is gone",
      "command line --edit: the node's virt-customize has no step edit",
    ]);
  });
});
