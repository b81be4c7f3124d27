#!/usr/bin/env node
// `npm run manual`: writes man/ and docs/commands.md out of the commands themselves and the topics of the help.
// test/manual.test.ts says when they are not what this would write.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const directory = mkdtempSync(join(root, "node_modules/.manual-"));
try {
  const outfile = join(directory, "pages.cjs");
  await build({
    entryPoints: [join(root, "scripts/manual/pages.ts")],
    outfile,
    ...{ bundle: true, platform: "node", format: "cjs", external: ["ssh2"], logLevel: "error" },
    define: { MCLU_VERSION: '"manual"', MCLU_TEMPLATES: '"templates"', "import.meta.url": '"file:///"' },
  });
  const { manualPages } = createRequire(import.meta.url)(outfile);
  for (const [file, text] of await manualPages()) {
    mkdirSync(join(root, dirname(file)), { recursive: true });
    writeFileSync(join(root, file), text);
    console.log(`${file}: ${text.split("\n").length} lines`);
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
