import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { broadcastQuery } from "../../src/libvirt/neighbour.ts";
import { localTransport } from "../../src/node/local.ts";
import { Node } from "../../src/node/node.ts";
import { relayToSocket } from "../../src/node/relay.ts";
import { placeQuery } from "../../src/operations/move/reach-target.ts";
import { plainSettings } from "./openssh/world.ts";

/** Goes into a directory where somebody has put modules of the names that our scripts import. */
function enterPlanted(): { readonly proof: string; readonly directory: string } {
  const directory = mkdtempSync(join(tmpdir(), "mclu-t-"));
  const proof = join(directory, "proof");
  for (const name of ["socket", "sys", "os", "threading", "subprocess"])
    writeFileSync(join(directory, `${name}.py`), `open(${JSON.stringify(proof)}, "w")\n`);
  const before = process.cwd();
  process.chdir(directory);
  onTestFinished(() => {
    process.chdir(before);
    rmSync(directory, { recursive: true, force: true });
  });
  return { proof, directory };
}

it.each([
  ["looks for a port", placeQuery("1", "nonce", ["127.0.0.1"])],
  ["sends a packet", broadcastQuery(Buffer.alloc(6), "127.0.0.1")],
])("runs nothing that lies where mclu was typed when it %s", (_what, query) => {
  const { proof } = enterPlanted();
  const step = query.steps[0];
  const [program = "", ...argv] = step !== undefined && "run" in step ? step.run : [];
  const { status } = spawnSync(program, argv, { encoding: "utf8" });
  expect([status, existsSync(proof)]).toEqual([0, false]);
});

it("runs nothing that lies where mclu was typed when it connects to a socket as another user", async () => {
  const { proof, directory } = enterPlanted();
  const server = createServer((socket) => socket.end("right"));
  await new Promise<void>((resolve) => server.listen(join(directory, "s"), resolve));
  onTestFinished(() => void server.close());
  const node = new Node(plainSettings("here"), async () => localTransport);
  const stream = await relayToSocket(node, join(directory, "s"));
  let said = "";
  for await (const chunk of stream) said += String(chunk);
  expect([said, existsSync(proof)]).toEqual(["right", false]);
  await node.close();
});

it("runs nothing that lies where mclu was typed by a perl that looks there", () => {
  const { proof } = enterPlanted();
  const step = broadcastQuery(Buffer.alloc(6), "127.0.0.1").steps[0];
  const perl = step !== undefined && "run" in step ? (step.run.at(-1) ?? "") : "";
  // as one before 5.26 does, and without its own module, which would come first
  const env = { ...process.env, PERL_USE_UNSAFE_INC: "1" };
  const hidden = "BEGIN { @INC = grep { $_ eq '.' } @INC }\n";
  writeFileSync("Socket.pm", `BEGIN { open my $f, ">", ${JSON.stringify(proof)} } 1;\n`);
  const run = (text: string) => spawnSync("env", ["perl", "-e", text, "00", "127.0.0.1"], { encoding: "utf8", env });
  expect(run(`${hidden}${perl}`).stderr).toContain("Can't locate Socket.pm");
  expect(existsSync(proof)).toBe(false);
});

it("starts no Python that looks for modules where mclu was typed", () => {
  const source = join(import.meta.dirname, "../../src");
  const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const loose = files.filter((file) =>
    /(?:python3?|platform-python|\$program)["']?,? ["']?-c\b/.test(readFileSync(join(source, file), "utf8")),
  );
  expect([files.length > 100, loose]).toEqual([true, []]);
});
