import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../support/run-mclu.ts";

const wrapper = fileURLToPath(new URL("../../docs/mclu-wrapper", import.meta.url));

/** Says what it was run with, in place of mclu. */
const program = `const { MCLU_PATH, MCLU_CONFIG } = process.env;
console.log(JSON.stringify({ argv: process.argv.slice(2), cwd: process.cwd(), MCLU_PATH, MCLU_CONFIG }));
process.exit(3);`;

interface Seen {
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly MCLU_PATH?: string;
  readonly MCLU_CONFIG?: string;
}

/** A built checkout whose path would trip up a careless script. */
function checkout(): string {
  const directory = join(temporaryDirectory(), "-it's a  checkout $HOME");
  mkdirSync(join(directory, "docs"), { recursive: true });
  mkdirSync(join(directory, "dist"));
  copyFileSync(wrapper, join(directory, "docs/mclu-wrapper"));
  chmodSync(join(directory, "docs/mclu-wrapper"), 0o755);
  writeFileSync(join(directory, "dist/cli.cjs"), program);
  writeFileSync(join(directory, "mclu.conf"), "[nodes]\n");
  return directory;
}

function run(command: string, options: { cwd?: string; env?: Record<string, string>; args?: string[] } = {}) {
  const { cwd = "/", env = {}, args = [] } = options;
  return spawnSync(command, args, { cwd, env: { PATH: process.env.PATH, ...env }, encoding: "utf8" });
}

const seen = (result: { stdout: string }): Seen => JSON.parse(result.stdout) as Seen;

describe("docs/mclu-wrapper", () => {
  it("sets both variables, passes the arguments and the exit code on, and stays in the user's directory", () => {
    const directory = checkout();
    const args = ["status", "two words", "", "*", "-o", "json"];
    const result = run(join(directory, "docs/mclu-wrapper"), { cwd: dirname(directory), args });
    expect(result.stderr).toBe("");
    expect(result.status).toBe(3);
    expect(seen(result)).toEqual({
      argv: args,
      cwd: dirname(directory),
      MCLU_PATH: join(directory, "templates"),
      MCLU_CONFIG: join(directory, "mclu.conf"),
    });
  });

  it("is found through links: absolute, relative, of links, in a linked directory, and on the PATH", () => {
    const directory = checkout();
    const bin = join(dirname(directory), "my bin");
    mkdirSync(bin);
    symlinkSync(join(directory, "docs/mclu-wrapper"), join(bin, "absolute"));
    symlinkSync("absolute", join(bin, "mclu"));
    symlinkSync(`../${directory.split("/").at(-1)}/docs/mclu-wrapper`, join(bin, "relative"));
    symlinkSync(bin, join(dirname(directory), "linked"));
    const config = join(directory, "mclu.conf");
    for (const command of ["my bin/absolute", "my bin/mclu", "my bin/relative", "linked/relative"])
      expect(seen(run(join(dirname(directory), command))).MCLU_CONFIG).toBe(config);
    expect(seen(run("./relative", { cwd: bin })).MCLU_CONFIG).toBe(config);
    expect(seen(run("mclu", { env: { PATH: `${bin}:${process.env.PATH}` } })).MCLU_CONFIG).toBe(config);
  });

  it("is not led astray by CDPATH", () => {
    const directory = checkout();
    const result = run("docs/mclu-wrapper", { cwd: directory, env: { CDPATH: `/tmp:${dirname(directory)}` } });
    expect(seen(result).MCLU_CONFIG).toBe(join(directory, "mclu.conf"));
  });

  it("leaves what the user has set alone, and the usual places where the checkout has no mclu.conf", () => {
    const directory = checkout();
    const command = join(directory, "docs/mclu-wrapper");
    expect(seen(run(command, { env: { MCLU_PATH: "/t", MCLU_CONFIG: "/c" } }))).toMatchObject({
      MCLU_PATH: "/t",
      MCLU_CONFIG: "/c",
    });
    rmSync(join(directory, "mclu.conf"));
    expect(seen(run(command))).not.toHaveProperty("MCLU_CONFIG");
  });

  it("says what to type when the checkout is not built", () => {
    const directory = checkout();
    rmSync(join(directory, "dist"), { recursive: true });
    const result = run(join(directory, "docs/mclu-wrapper"));
    expect(result.status).toBe(2);
    expect(result.stderr).toContain("npm ci && npm run build");
  });

  it.each(["sh", "bash"])("is read by %s", (shell) => {
    expect(() => execFileSync(shell, ["-n", wrapper])).not.toThrow();
  });
});
