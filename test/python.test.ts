import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const source = new URL("../src", import.meta.url).pathname;

/** Programs for a node's python3, each with its file. */
function programs(): [file: string, program: string][] {
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  return files.flatMap((file) =>
    [...readFileSync(join(source, file), "utf8").matchAll(/`(import [a-z, ]+\n[^`]*)`/g)].map(
      ([, program = ""]): [string, string] => [file, program],
    ),
  );
}

// what 3.7 and 3.8 brought, of the modules that nodes are sent
const judge = `import ast, sys
tree = ast.parse(sys.stdin.read(), feature_version=(3, 6))
for node in ast.walk(tree):
    if isinstance(node, ast.Attribute) and node.attr in ("create_server", "has_dualstack_ipv6", "time_ns"):
        print(node.attr)
    if isinstance(node, ast.keyword) and node.arg in ("text", "capture_output", "dualstack_ipv6"):
        print(node.arg)
`;

it("asks of a node's Python no more than 3.6 has, which EL 8 and SLES 15 come with", () => {
  const found = programs();
  expect(found.map(([file]) => file).sort()).toEqual([
    "libvirt/neighbour.ts",
    "node/relay.ts",
    "operations/move/reach-target.ts",
    "operations/move/reach-target.ts",
  ]);
  for (const [file, program] of found)
    expect([file, execFileSync("python3", ["-c", judge], { input: program, encoding: "utf8" })]).toEqual([file, ""]);
});
