import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "./support/run-mclu.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Layer to what it may import, as the table of docs/architecture.md has it. */
function readTable(): ReadonlyMap<string, readonly string[]> {
  const rows = readFileSync(join(root, "docs/architecture.md"), "utf8").matchAll(
    /^\| `([^`]+)` +\|[^|]*\|([^|]*)\|$/gm,
  );
  const names = (cell = "") => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
  return new Map([...rows].map(([, layer = "", cell]) => [layer, names(cell)]));
}

const table = readTable();
const packages = ["ssh2", "commander", "p-map", "ini", "chalk", "@xmldom/xmldom"];
// anyone may import these
const shared = ["errors.ts", "ini.ts", "index.ts", "code-cache.ts"];
const targets = [...[...table.keys()].filter((layer) => !shared.includes(layer)), ...packages];

/** A file of every layer that imports every other one and every package, in two ways; folders have one deeper down too. */
function writeOffenders(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const layer of table.keys()) {
    const names = layer.endsWith("/") ? [`${layer}offender.ts`, `${layer}deeper/offender.ts`] : [layer];
    for (const name of names) files.set(`src/${name}`, layer);
  }
  for (const [file, layer] of files) {
    const up = "../".repeat(file.split("/").length - 2) || "./";
    const specifier = (target: string) =>
      packages.includes(target) ? target : `${up}${target.endsWith("/") ? `${target}some-file.ts` : target}`;
    const lines = targets
      .filter((target) => target !== layer)
      .flatMap((target, index) => [
        `export { name${index} } from "${specifier(target)}"; // ${target}`,
        `import("${specifier(target)}"); // ${target}, when it runs`,
      ]);
    mkdirSync(join(directory, dirname(file)), { recursive: true });
    writeFileSync(join(directory, file), `${lines.join("\n")}\n`);
  }
  return files;
}

interface Diagnostic {
  readonly category: string;
  readonly location: { readonly path: string; readonly start: { readonly line: number } };
}

/** "LAYER imports TARGET" for each import that the linter refuses. */
function refusals(directory: string, files: ReadonlyMap<string, string>): string[] {
  for (const name of ["biome.json", ".gitignore"]) copyFileSync(join(root, name), join(directory, name));
  symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
  const biome = join(root, "node_modules/.bin/biome");
  const argv = ["lint", "--reporter=json", "--max-diagnostics=none", "src"];
  const { stdout } = spawnSync(biome, argv, { cwd: directory, encoding: "utf8" });
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] };
  return diagnostics
    .filter(({ category }) => category === "lint/style/noRestrictedImports")
    .map(({ location: { path, start } }) => {
      const line = readFileSync(join(directory, path), "utf8").split("\n")[start.line - 1] ?? "";
      return `${path}: ${files.get(path)} imports ${line.split("// ")[1]}`;
    });
}

/** What is handed the real process by Node itself, and the library's defaults. */
const starters = ["boot.ts", "code-cache.ts", "cli.ts", "cluster/open.ts"];

describe("the layers", () => {
  it("are all in the table", () => {
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    expect([...table.keys()]).toEqual(expect.arrayContaining(folders.map(({ name }) => `${name}/`)));
  });

  it("are kept by the linter, to the letter of the table", () => {
    const directory = temporaryDirectory();
    const files = writeOffenders(directory);
    const forbidden = [...files].flatMap(([file, layer]) =>
      targets
        .filter((target) => target !== layer && !table.get(layer)?.includes(target))
        .flatMap((target) => [target, `${target}, when it runs`])
        .map((target) => `${file}: ${layer} imports ${target}`),
    );
    expect(forbidden.length).toBeGreaterThan(100);
    expect(refusals(directory, files).sort()).toEqual(forbidden.sort());
  });

  it("leave the process to boot.ts and cli.ts, and its defaults to open.ts", () => {
    const files = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts") && !starters.includes(file))
      // its id, for the name of a temporary file, a signal to a child, and its end depend on nothing that it was started
      // with; console.ts is a file
      .filter((file) =>
        /\bprocess\.(?!(?:pid|kill)\b|once\("exit")[a-z]|\bconsole\.(?!ts\b)[a-z]/.test(
          readFileSync(join(root, "src", file), "utf8"),
        ),
      );
    expect(files).toEqual([]);
  });
});
