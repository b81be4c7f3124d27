import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { installPackages, packageList } from "../../scripts/debian.mjs";
import { temporaryDirectory } from "../support/run-mclu.ts";

const scripts = fileURLToPath(new URL("../../scripts/", import.meta.url));

/** Programs in a directory of their own, as shell scripts. */
function fakePrograms(programs: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, script] of Object.entries(programs))
    writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return directory;
}

const places = {
  "without root": ["process.getuid=()=>1000", "it makes namespaces, bridges and mounts, which takes root"],
  "off Linux": [
    "Object.defineProperty(process,'platform',{value:'darwin'})",
    "it is made of Linux namespaces, and this is darwin",
  ],
} as const;

/** Runs a script where there are npm, which does nothing and succeeds, and no other program. */
function runAt(place: keyof typeof places, script: string, env: Readonly<Record<string, string>> = {}) {
  const preload = `data:text/javascript,${encodeURIComponent(places[place][0])}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", preload, join(scripts, script)], {
    env: { PATH: fakePrograms({ npm: "exit 0" }), HOME: temporaryDirectory(), TMPDIR: temporaryDirectory(), ...env },
    encoding: "utf8",
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe.each(["without root", "off Linux"] as const)("%s", (place) => {
  const [, reason] = places[place];

  it("the demo says what it leaves out and why, and begins nothing", () => {
    const run = runAt(place, "demo.mjs");
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toContain(`cannot run here: ${reason}.\nWhat is left out: the Debian packages, the nodes, `);
    expect(run.stdout).toContain("`npm test` runs here what needs no cluster.\n");
    expect(run.stdout).not.toContain("==");
  });

  it("the tests run without the cluster and say what they leave out and why", () => {
    const { status, stdout } = runAt(place, "test.mjs");
    expect(status).toBe(0);
    for (const step of ["build", "lint", "types", "unused code"]) expect(stdout).toContain(`\n== ${step}\n`);
    expect(stdout).toContain(`\nleft out: debian packages: ${reason}\n`);
    expect(stdout).toMatch(/\nleft out: unit tests, fuzz, coverage: they use what is not here: virsh, qemu-img, /);
    expect(stdout).toContain(`\nleft out: real cluster: ${reason}\n`);
    expect(stdout).toMatch(/\n5 passed, 0 failed\n$/);
  });

  it("the tests fail where the cluster is required", () => {
    const { status, stdout } = runAt(place, "test.mjs", { MCLU_REQUIRE_FLEET: "1" });
    expect(stdout).toMatch(/\nreal cluster, required .* 1 FAILED\n/);
    expect(stdout).toMatch(/\n5 passed, 1 failed\n$/);
    expect(status).toBe(1);
  });
});

describe("installPackages", () => {
  const file = "test/bench/packages";
  const [first = "", ...others] = packageList(file);

  /** With these packages on the machine; what it printed, what apt-get was called with, and whether all went well. */
  async function install(installed: readonly string[], aptGet = "") {
    const called = join(temporaryDirectory(), "called");
    writeFileSync(called, "");
    const known = installed.map((name) => `echo '${name} ii '`);
    vi.stubEnv(
      "PATH",
      fakePrograms({ "dpkg-query": known.join("\n"), "apt-get": `echo "$@" >>'${called}'\n${aptGet}` }),
    );
    onTestFinished(() => void vi.unstubAllEnvs());
    const said = vi.spyOn(console, "log").mockReturnValue(undefined);
    const done = await installPackages(file);
    const printed = said.mock.calls.map(([text]) => text);
    said.mockRestore();
    return { done, printed, called: readFileSync(called, "utf8") };
  }

  it("says what it installs, and installs what is missing alone", async () => {
    const { done, printed, called } = await install([first]);
    expect([done, printed]).toEqual([
      true,
      [`installing ${others.length} Debian packages (${file}):\n  ${others.join(" ")}`],
    ]);
    expect(called).toBe(`update -qq\ninstall -y -qq --no-install-recommends ${others.join(" ")}\n`);
  });

  it("installs nothing where all is there, and says where that fails", async () => {
    const all = await install([first, ...others.map((name) => `${name}:amd64`)]);
    expect(all).toEqual({ done: true, printed: [`every Debian package of ${file} is installed`], called: "" });
    expect(await install([], 'test "$1" = update')).toMatchObject({
      done: false,
      called: expect.stringMatching(/^update -qq\ninstall .*\n$/),
    });
  });
});
