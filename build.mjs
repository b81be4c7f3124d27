// Builds dist/: the program as two CommonJS files that boot.ts runs from compiled code (docs/decisions/0006-code-cache.md),
// and the library as an ES module. ssh2 is a file of its own in both: what does not connect never loads it.
import { createHash } from "node:crypto";
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
rmSync(new URL("dist", import.meta.url), { recursive: true, force: true });

/** ssh2's HTTP agents load node:http (5 ms of every connection) and serve nothing here. */
const withoutHttpAgents = {
  name: "without-http-agents",
  setup({ onLoad }) {
    onLoad({ filter: /ssh2\/lib\/http-agents\.js$/ }, () => ({ contents: "module.exports = {};" }));
  },
};

/**
 * ssh2's native parts are optional, and nothing shall be compiled at installation: looking for them takes 2 ms of every
 * connection.
 */
const withoutNativeParts = {
  name: "without-native-parts",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: "native" }));
    onLoad({ filter: /./, namespace: "native" }, () => ({ contents: 'throw new Error("not part of mclu");' }));
  },
};

const common = {
  plugins: [withoutHttpAgents, withoutNativeParts],
  bundle: true,
  platform: "node",
  target: "node20",
  define: { MCLU_VERSION: JSON.stringify(version), MCLU_TEMPLATES: '"../templates"' },
  legalComments: "none",
  // what went into a file, for the licences
  metafile: true,
  logLevel: "warning",
};

const commonJs = {
  ...common,
  format: "cjs",
  // code that runs from V8's cache cannot import(): it becomes require, as late as before
  supported: { "dynamic-import": false },
};

const results = await Promise.all([
  build({
    ...commonJs,
    entryPoints: ["src/cli.ts"],
    outfile: "dist/program.cjs",
    sourcemap: "external",
    external: ["ssh2"],
    define: { ...common.define, "import.meta.url": "__moduleUrl" },
    banner: { js: 'const __moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
  }),
  build({ ...commonJs, entryPoints: { ssh2: "ssh2" }, outdir: "dist", outExtension: { ".js": ".cjs" } }),
  build({
    ...common,
    entryPoints: ["src/index.ts"],
    outdir: "dist",
    format: "esm",
    splitting: true,
    chunkNames: "[name]-[hash]",
    // CommonJS inside ssh2 looks for these three
    banner: {
      js: [
        'import { createRequire as __createRequire } from "node:module";',
        'import { fileURLToPath as __fileURLToPath } from "node:url";',
        'import { dirname as __pathDirname } from "node:path";',
        "const require = __createRequire(import.meta.url);",
        "const __filename = __fileURLToPath(import.meta.url);",
        "const __dirname = __pathDirname(__filename);",
      ].join("\n"),
    },
  }),
]);

// One character beyond Latin 1, be it in a comment, and V8 would hold, and read at every start, twice the bytes. esbuild
// writes none itself.
for (const file of ["dist/program.cjs", "dist/ssh2.cjs"]) {
  const path = new URL(file, import.meta.url);
  const lines = readFileSync(path, "utf8").split("\n");
  const plain = lines
    .map((line) => (/^\s*(?:\*|\/\/)/.test(line) ? line.replace(/[^\0-\x7f]/g, "?") : line))
    .join("\n");
  if (/[^\0-\x7f]/.test(plain)) throw new Error(`${file} has a character that is no ASCII outside of comments`);
  writeFileSync(path, plain);
}

const digest = createHash("sha256");
for (const file of ["dist/program.cjs", "dist/ssh2.cjs"]) digest.update(readFileSync(new URL(file, import.meta.url)));
await build({
  ...commonJs,
  entryPoints: ["src/boot.ts"],
  outfile: "dist/cli.cjs",
  define: { ...common.define, MCLU_BUILD: JSON.stringify(digest.digest("hex").slice(0, 16)) },
});
chmodSync(new URL("dist/cli.cjs", import.meta.url), 0o755);

// the licences of all that was bundled want to be passed on
const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs));
const directories = new Set(inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0] ?? []));
const licences = [...directories].sort().map((directory) => {
  const name = directory.replace(/^.*node_modules\//, "");
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} is bundled and has no licence file`);
  return `${name}\n${"=".repeat(name.length)}\n\n${readFileSync(`${directory}/${file}`, "utf8").trim()}\n`;
});
writeFileSync(new URL("dist/LICENSES.txt", import.meta.url), licences.join("\n\n"));
