import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { filesQuery } from "../../src/libvirt/files-query.ts";
import { imageScanQuery } from "../../src/libvirt/image-scan.ts";
import { readNamedFiles } from "../../src/libvirt/named-files.ts";
import { type Query, UnexpectedOutput } from "../../src/libvirt/query.ts";
import { asNobody } from "../support/as-nobody.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const run = <T>(query: Query<T>, env: Record<string, string> = {}): T =>
  query.parse(
    query.steps.map((step) => {
      const [file = "", ...args] = "run" in step ? step.run : [];
      return { code: 0, texts: [execFileSync(file, args, { encoding: "utf8", env: { ...process.env, ...env } })] };
    }),
  );

/** The beginning of a qcow2 image: its version, and where the name of its backing file is. */
const header = (version: number, backing: number, features = 0) => {
  const bytes = Buffer.alloc(104);
  bytes.write("QFI\xfb", "latin1");
  bytes.writeUInt32BE(version, 4);
  bytes.writeBigUInt64BE(BigInt(backing), 8);
  if (version > 2) bytes.writeBigUInt64BE(BigInt(features), 72);
  return bytes;
};

const image = JSON.stringify({ filename: "/i/over", "full-backing-filename": "/i/base" }, null, 4);

describe("a scan of images", () => {
  const parse = (text: string) => imageScanQuery([], []).parse([{ code: 0, texts: [text] }]);

  it("reads images, and files that nobody can read", () => {
    const hex = Buffer.from("/i/odd\nname").toString("hex");
    expect(parse(`${image}\n!${hex}\n`)).toMatchObject({
      images: [{ file: "/i/over", backing: "/i/base" }],
      unread: ["/i/odd\nname"],
    });
  });

  it.each(["nonsense", "[\n]", "{\n", "{\n}", "!zz", "!2f6100"])("refuses %j", (text) => {
    expect(() => parse(text)).toThrow(UnexpectedOutput);
  });

  it("looks at every file of a directory, whatever its name, and not at what guests write as raw", () => {
    const directory = temporaryDirectory();
    for (const name of ["a b", ".hidden", "..two", "-dash", "raw.img", "new\nline", "it's"])
      writeFileSync(join(directory, name), header(3, 104));
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "qemu-img"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const path = `${bin}:${process.env["PATH"]}`;
    const { unread } = run(imageScanQuery([directory], [join(directory, "raw.img")]), { PATH: path });
    const names = unread.map((file) => file.slice(directory.length + 1)).sort();
    expect(names).toEqual(["-dash", "..two", ".hidden", "a b", "it's", "new\nline"]);
  });
});

describe("a scan that leaves out what is based on nothing", () => {
  it.each<[string, Buffer, boolean]>([
    ["an overlay", header(3, 104), true],
    ["an overlay of the old format", header(2, 104), true],
    ["an image whose content another file holds", header(3, 0, 0b00100), true],
    ["the same, with all other features", header(3, 0, 0b11111), true],
    ["an image of its own", header(3, 0, 0b11011), false],
    ["an old image of its own", header(2, 0), false],
    ["an image of a version that nobody knows", header(99, 0), true],
    ["half of one", header(3, 0).subarray(0, 79), true],
    ["a VMDK", Buffer.from("KDMV".padEnd(80)), true],
    ["one of the oldest kind", Buffer.from("COWD".padEnd(80)), true],
    ["the description of one", Buffer.from("\n# of mine\nversion=1\n"), true],
    ["what is no image", Buffer.from("text\n"), false],
    ["nothing", Buffer.alloc(0), false],
  ])("looks at %s: %#", (_what, content, looks) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "image"), content);
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "qemu-img"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const path = `${bin}:${process.env["PATH"]}`;
    const { unread } = run(imageScanQuery([directory], []), { PATH: path });
    expect(unread).toHaveLength(looks ? 1 : 0);
  });

  it.each([0, 1])("gives each of many files its own first bytes, with %i short ones among them", (short) => {
    const directory = temporaryDirectory();
    const names = Array.from({ length: 230 }, (_, at) => join(directory, `${1000 + at} \n$x`));
    names.forEach((name, at) => {
      writeFileSync(name, at % 50 === 7 ? header(3, 104) : header(3, 0));
    });
    if (short > 0) writeFileSync(join(directory, "1001"), "short");
    execFileSync("mkfifo", [join(directory, "1002")]);
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "qemu-img"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const { unread } = run(imageScanQuery([directory], []), { PATH: `${bin}:${process.env["PATH"]}` });
    expect(unread).toEqual(names.filter((_, at) => at % 50 === 7));
  });
});

describe("a scan by a login that may not see everything", () => {
  it("says which directories cannot be listed, and what lies where it cannot go", () => {
    const above = temporaryDirectory();
    chmodSync(above, 0o755);
    const [open, pool, shut] = ["open", "pool", "shut"].map((name) => join(above, name)) as [string, string, string];
    for (const directory of [open, pool, shut]) {
      mkdirSync(directory);
      writeFileSync(join(directory, "over"), header(3, 104));
      writeFileSync(join(directory, "raw"), header(3, 104));
    }
    chmodSync(join(open, "over"), 0);
    // which nobody understands
    writeFileSync(join(open, "half"), header(3, 104).subarray(0, 79));
    chmodSync(pool, process.getuid?.() === 0 ? 0o711 : 0o311);
    chmodSync(shut, 0);
    const places = [open, pool, `${pool}/`, shut, `${shut}/over`, `${shut}/raw`, `${above}/gone/x`, "relative"];
    const raw = [join(open, "raw"), join(shut, "raw")];
    const said = imageScanQuery(places, raw).steps.map((step) => {
      const [file = "", ...args] = "run" in step ? step.run : [];
      return { code: 0, texts: [asNobody(file, args)] };
    });
    expect(imageScanQuery(places, raw).parse(said)).toEqual({
      images: [],
      unread: [join(open, "half"), join(open, "over")],
      broken: [join(open, "half")],
      closed: [pool, `${pool}/`, shut, `${shut}/over`],
    });
    chmodSync(shut, 0o755);
  });
});

describe("facts of files", () => {
  it("tell one file by two paths, and what is not there", () => {
    const directory = temporaryDirectory();
    const file = join(directory, "a 'b'");
    writeFileSync(file, "four");
    execFileSync("ln", ["-s", file, join(directory, "link")]);
    const [own, link, gone] = run(filesQuery([file, join(directory, "link"), join(directory, "gone")]));
    expect(own).toMatchObject({ size: 4, kind: "regular file" });
    expect(link).toMatchObject({ kind: "symbolic link", target: own?.identity });
    expect(gone).toBeNull();
  });

  it("are refused where lines are missing or wrong", () => {
    expect(() => filesQuery(["/a", "/b"]).parse([{ code: 0, texts: ["none\n"] }])).toThrow(UnexpectedOutput);
    expect(() => filesQuery(["/a"]).parse([{ code: 0, texts: ["what\n"] }])).toThrow(UnexpectedOutput);
  });
});

describe("readNamedFiles", () => {
  it("finds paths wherever they stand, and volumes", () => {
    const xml = `<domain><os><kernel>/boot/vmlinuz</kernel><nvram template='/usr/VARS'>/nv/x.fd</nvram></os><devices>
      <disk><source file='/i/a.qcow2'/><backingStore><source file='/i/base'/></backingStore></disk>
      <disk type='volume'><source pool='default' volume='v 1'/></disk></devices></domain>`;
    expect(readNamedFiles(xml, "domain")).toEqual({
      paths: ["/boot/vmlinuz", "/usr/VARS", "/nv/x.fd", "/i/a.qcow2", "/i/base"],
      volumes: ["default\nv 1"],
    });
    expect(() => readNamedFiles("", "domain")).toThrow(UnexpectedOutput);
  });
});

describe("a scan that went wrong", () => {
  it.each([[[]], [[{ code: 1, texts: [""] }]]])("is refused: %j", (answers) => {
    expect(() => imageScanQuery([], []).parse(answers)).toThrow(UnexpectedOutput);
  });

  it("is refused where qemu-img describes no image, and is empty where there is no file", () => {
    expect(() => imageScanQuery([], []).parse([{ code: 0, texts: ["{\n}"] }])).toThrow(UnexpectedOutput);
    expect(imageScanQuery([], []).parse([{ code: 0, texts: [] }])).toEqual({
      images: [],
      unread: [],
      broken: [],
      closed: [],
    });
  });
});
