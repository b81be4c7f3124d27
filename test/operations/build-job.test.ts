import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { packFiles } from "../../src/operations/build-files.ts";
import { type BuildJob, buildJobSpec } from "../../src/operations/build-job.ts";
import type { Base } from "../../src/template/recipe.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const checksum = { algorithm: "sha256", digest: "0".repeat(64) } as const;
const builder: Base = { kind: "virt-builder", image: "tiny", checkSignature: true };
const fetched: Base = { kind: "cloud-image", source: { kind: "url", url: "https://h/i.img", safe: true }, checksum };
const there: Base = { kind: "cloud-image", source: { kind: "path", path: "/srv/i.img" }, checksum };

const job = (base: Base, isRoot: boolean): BuildJob => ({
  id: "20261122T010000-bbbbbbbb",
  name: "web1",
  uuid: "00000000-0000-4000-8000-000000000001",
  uri: "qemu:///system",
  pool: { name: "default", directory: "/pool" },
  start: true,
  home: "/home/admin",
  isRoot,
  client: "me@here",
  reservation: "77656231",
  recipe: {
    ...{ name: "tiny", file: "/t/tiny.conf", description: null, base, memory: 1, vcpus: 1, size: null },
    ...{ firmware: "bios", network: null, pool: null, graphics: "none", os: null, tested: null, steps: [] },
  },
  keys: [{ line: "ssh-ed25519 AAAA me", fingerprint: "SHA256:x", from: "agent" }],
  disk: "/pool/web1.qcow2",
  format: "qcow2",
  size: null,
  definition: "<domain/>",
});

it.each<[string, Base, boolean, readonly string[], readonly string[]]>([
  ["virt-builder's image", builder, true, ["build"], ["/home/admin"]],
  ["an image from elsewhere, as root", fetched, true, ["fetch", "copy", "build"], ["/var/cache"]],
  ["an image from elsewhere", fetched, false, ["fetch", "copy", "build"], ["/home/admin"]],
  ["an image of the node", there, true, ["check", "copy", "build"], []],
])("builds from %s, and watches the file systems that fill", async (_what, base, isRoot, builds, kept) => {
  const { stages, watch = [], files = [] } = await buildJobSpec(job(base, isRoot));
  const names = stages.map(({ name }) => name);
  expect(names).toEqual(["prepare", ...builds, "publish", "define", "start"]);
  expect(watch.map(({ path }) => path)).toEqual(["/pool", "/var/tmp", ...kept]);
  const scripts = stages.map(({ script }) => script);
  const part = "/pool/.web1.mclu-20261122T010000-bbbbbbbb.part";
  // the part is in the manifest before the first command makes it, and known as whole after the last
  expect(scripts.filter((script) => script.includes(`mclu_making ${part}`))).toEqual([scripts[1]]);
  expect(scripts.filter((script) => script.includes(`mclu_made ${part}`))).toEqual([scripts[builds.length]]);
  expect(scripts[0]).toContain(isRoot ? "/var/cache/mclu/images/.mclu-" : "/home/admin/.cache/mclu/images/.mclu-");
  expect(files.map(({ name }) => name)).toEqual(["commands", "domain.xml", "key-1.pub"]);
});

it("packs files and trees so that the node gets them as they are here", async () => {
  const here = temporaryDirectory();
  const tree = join(here, "a 'b'");
  mkdirSync(join(tree, "$(sub)"), { recursive: true });
  writeFileSync(join(tree, "$(sub)", "-run"), "#!/bin/sh\n");
  chmodSync(join(tree, "$(sub)", "-run"), 0o755);
  symlinkSync("../no where", join(tree, "link"));
  writeFileSync(join(here, "motd"), "hello\n");
  const { files, script } = await packFiles([
    { path: tree, to: "1/a 'b'", tree: true, secret: false },
    { path: join(here, "motd"), to: "2/motd", tree: false, secret: false },
  ]);
  const [sent, there] = [temporaryDirectory(), temporaryDirectory()];
  for (const { name, source } of files) if ("path" in source) copyFileSync(source.path, join(sent, name));
  execFileSync("sh", ["-e", "-c", script], { env: { ...process.env, MCLU_FILES: sent, mclu_to: there } });
  const list = (directory: string) =>
    execFileSync("find", [".", "-mindepth", "1", "-printf", "%P %y %l %m\n"], { cwd: directory, encoding: "utf8" })
      .split("\n")
      .sort();
  expect(list(join(there, "1", "a 'b'"))).toEqual(list(tree));
  expect(list(join(there, "2"))).toEqual(["", "motd f  644"]);
});
