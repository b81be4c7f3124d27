import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import packageJson from "../package.json" with { type: "json" };
import { libraryExamples } from "./docs/examples.ts";
import { copyCheckout } from "./support/checkout.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = mkdtempSync(join(tmpdir(), "mclu-package-"));
const consumer = join(directory, "consumer");
const installed = join(consumer, "node_modules/mclu");
/** Where the quick start of README.md installs the checkout, typed as it stands there. */
const fromCheckout = join(directory, "quick-start");
const build = join(directory, "build");
const quiet = { npm_config_audit: "false", npm_config_fund: "false", npm_config_update_notifier: "false" };
let tarball = "";
let files: readonly string[] = [];
/** Bytes. */
let size = { packed: Number.NaN, unpacked: Number.NaN };

function run(file: string, args: readonly string[], cwd: string): string {
  return execFileSync(file, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// what a user of the registry gets, built from these sources and not from whatever lies in dist/
beforeAll(() => {
  mkdirSync(installed, { recursive: true });
  copyCheckout(build, ["test"]);
  const [line] = /^npm ci && .*$/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? ["false"];
  // the places that npm keeps by itself: the user's own must not change
  const env = { ...process.env, npm_config_prefix: fromCheckout, npm_config_prefer_offline: "true", ...quiet };
  execFileSync("sh", ["-c", line], { cwd: build, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  const [packed] = JSON.parse(run("npm", ["pack", "--json", "--pack-destination", directory], build)) as [
    { filename: string; size: number; unpackedSize: number; files: readonly { path: string }[] },
  ];
  size = { packed: packed.size, unpacked: packed.unpackedSize };
  files = packed.files.map(({ path }) => path);
  tarball = join(directory, packed.filename);
  run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed], directory);
}, 300_000);

afterAll(() => rmSync(directory, { recursive: true, force: true }), 60_000);

describe("the npm package", () => {
  it("holds what is meant to be there, and nothing else", () => {
    const intended = [
      /^dist\/(cli|program|ssh2)\.cjs$/,
      /^dist\/(index|[\w-]+-[A-Z0-9]{8})\.js$/,
      /^dist\/LICENSES\.txt$/,
      /^dist\/types\/.+\.d\.ts$/,
      /^(man\/.+\.[15]|templates\/.+|schema\/.+\.json)$/,
    ];
    const others = files.filter((file) => !intended.some((pattern) => pattern.test(file)));
    expect(others.sort()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "mclu.conf.example", "package.json"]);
    expect(files).toEqual(expect.arrayContaining(["dist/cli.cjs", "dist/index.js", "dist/types/index.d.ts"]));
  });

  it("is small: nothing large comes along unnoticed", () => {
    expect(size.packed).toBeLessThan(1.4e6);
    expect(size.unpacked).toBeLessThan(5.8e6);
  });

  it("is a command of the user's after the quick start of README.md", () => {
    expect(run(join(fromCheckout, "bin/mclu"), ["--version"], directory)).toBe(`${packageJson.version}\n`);
    const told = run(join(fromCheckout, "bin/mclu"), ["help", "init"], directory);
    expect(told).toContain("Usage: mclu init");
  });

  it("runs from the checkout by docs/mclu-wrapper, with the checkout's own templates and configuration", () => {
    writeFileSync(join(build, "mclu.conf"), "[nodes]\nham0 =\n");
    const link = join(directory, "mclu");
    rmSync(link, { force: true });
    symlinkSync(join(build, "docs/mclu-wrapper"), link);
    const env = { PATH: process.env.PATH, HOME: join(directory, "nobody") };
    const mclu = (...argv: readonly string[]) => execFileSync(link, argv, { cwd: "/", env, encoding: "utf8" });
    expect(mclu("config", "check")).toBe(`${join(build, "mclu.conf")}: no errors, 1 node\n`);
    const own = readdirSync(join(root, "templates")).filter((name) => name.endsWith(".conf"));
    const listed = mclu("template", "list", "-o", "name").split("\n").slice(0, -1);
    expect(listed.sort()).toEqual(own.map((name) => name.replace(/\.conf$/, "")).sort());
  });

  it("brings no packages and runs nothing when it is installed", () => {
    expect(packageJson).not.toHaveProperty("dependencies");
    expect(packageJson).not.toHaveProperty("optionalDependencies");
    const hooks = Object.keys(packageJson.scripts).filter((name) =>
      /^(pre|post)?(install|prepare|pack|publish)/.test(name),
    );
    expect(hooks).toEqual([]);
  });

  it("is installed by npm without a network, alone, and serves a first run to the end", () => {
    const prefix = join(directory, "prefix");
    const home = join(directory, "home");
    mkdirSync(home, { recursive: true });
    const npm = [
      "install",
      "--global",
      "--prefix",
      prefix,
      "--offline",
      "--no-audit",
      "--no-fund",
      "--foreground-scripts",
      // npm test may itself run silently, which npm hands on
      "--loglevel=notice",
    ];
    expect(run("npm", [...npm, tarball], home)).toMatch(/^\s*added 1 package in /);
    const env = { PATH: process.env.PATH, HOME: home, MCLU_SSH_CONFIG: "/dev/null" };
    const mclu = (...argv: string[]) =>
      execFileSync(join(prefix, "bin/mclu"), argv, {
        cwd: home,
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
      });
    expect(mclu()).toContain("no mclu.conf yet; begin with mclu init");
    expect(mclu("init", "--failed", "keep", "ham0=127.0.0.1:1")).toContain("/home/.config/mclu/mclu.conf: 1 node\n");
    expect(mclu("config", "check")).toContain("mclu.conf: no errors, 1 node\n");
    expect(mclu()).toMatch(/^1 node: ham0\n/);
  }, 60_000);

  it("passes the licences of what it bundles on", () => {
    const licences = readFileSync(join(installed, "dist/LICENSES.txt"), "utf8");
    for (const name of ["chalk", "commander", "ini", "p-map", "ssh2"]) expect(licences).toContain(`${name}\n===`);
  });

  it("starts as a program of its own", () => {
    const program = join(installed, packageJson.bin.mclu);
    expect(run(program, ["--version"], directory)).toBe(`${packageJson.version}\n`);
    expect(run(program, ["--help"], directory)).toContain("status");
  });

  it("finds the templates that it brings, as a program and as a library", () => {
    const program = join(installed, packageJson.bin.mclu);
    const names = readdirSync(join(root, "templates")).map((file) => file.replace(/\.conf$/, ""));
    expect(run(program, ["template", "list", "-o", "name"], directory).trim().split("\n").sort()).toEqual(names.sort());
    const code = `import { loadTemplate, openCluster } from "mclu";
      const cluster = await openCluster({ file: "templates.conf" });
      const { recipe } = await loadTemplate(cluster.config, "debian-12", { cwd: "/" });
      await cluster.close();
      console.log(recipe.file);`;
    writeFileSync(join(consumer, "templates.conf"), "[nodes]\nham0 =\n");
    writeFileSync(join(consumer, "templates.mjs"), code);
    const shipped = join(installed, "templates/debian-12.conf");
    expect(run(process.execPath, ["templates.mjs"], consumer)).toBe(`${shipped}\n`);
  });

  it("is a library that JavaScript can import, ssh2 included", () => {
    const code = `import { openCluster, status } from "mclu";
      const cluster = await openCluster({ file: "mclu.conf" });
      const report = await status(cluster);
      await cluster.close();
      console.log(report.nodes[0].state, report.nodes[0].reason);`;
    writeFileSync(join(consumer, "mclu.conf"), "[nodes]\nham0 = 127.0.0.1:1\n");
    writeFileSync(join(consumer, "main.mjs"), code);
    expect(run(process.execPath, ["main.mjs"], consumer)).toBe("failed refused\n");
  });

  it("has types that a strict consumer and docs/library.md can be checked by, with Node's types alone", () => {
    const code = `import { openCluster, status, UserError, type NodeStatus } from "mclu";
      export async function free(): Promise<(number | null)[]> {
        const cluster = await openCluster({ file: "mclu.conf" });
        const { nodes } = await status(cluster);
        return nodes.map((node: NodeStatus) => (node.state === "on" ? node.free : null));
      }
      // @ts-expect-error a report has no such field
      export const wrong = async () => (await status(await openCluster())).guests;
      export const isOurs = (error: unknown) => error instanceof UserError && error.hint;\n`;
    writeFileSync(join(consumer, "consumer.mts"), code);
    mkdirSync(join(consumer, "node_modules/@types"));
    symlinkSync(join(root, "node_modules/@types/node"), join(consumer, "node_modules/@types/node"));
    symlinkSync(join(root, "node_modules/undici-types"), join(consumer, "node_modules/undici-types"));
    const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--types", "node"];
    const tsc = join(root, "node_modules/.bin/tsc");
    const examples = libraryExamples().map((code, index) => {
      writeFileSync(join(consumer, `example${index}.mjs`), code);
      return `example${index}.mjs`;
    });
    const checked = ["--skipLibCheck", "false", "--checkJs", "consumer.mts", ...examples];
    expect(complaints(() => run(tsc, [...options, ...checked], consumer))).toBe("");
  });
});

/** What a failing compiler printed. */
function complaints(compile: () => string): string {
  try {
    return compile();
  } catch (error) {
    return error instanceof Error && "stdout" in error ? String(error.stdout) : String(error);
  }
}
