import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, linkSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import { Node } from "../../src/node/node.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri, testUuid } from "../support/test-driver.ts";

const diskXml = (path: string) =>
  `<disk type='file'><source file='${path.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll("'", "&apos;").replaceAll("\n", "&#10;")}'/><target dev='vda'/></disk>`;
const identity = (path: string) => {
  const { dev, ino } = statSync(path, { bigint: true });
  return `${dev}:${ino}`;
};

/** A directory with a file of an awkward name that is to be removed. */
function place() {
  const directory = join(temporaryDirectory(), "it's a & <pool>");
  mkdirSync(directory);
  const path = join(directory, "disk $(x).img");
  writeFileSync(path, "content");
  return { directory, path };
}

/** Removes a file where another guest has these devices. */
function remove(
  path: string,
  directory: string,
  devices = "",
  { but, more = "" }: { but?: string; more?: string } = {},
) {
  const own = { name: "web1", devices: diskXml(path) };
  const uri = testDriverUri(
    temporaryDirectory(),
    [...(but === undefined ? [] : [own]), { name: "other", devices }],
    more,
  );
  const settings = { ...nodeDefaults, name: "ham0", host: "ham0", transport: "local", uri } as const;
  const node = new Node(settings, () => Promise.reject(new Error("a local node needs no connection")));
  const file = { path, identity: identity(path), places: [directory] };
  const [uuid, name] = [testUuid(0), but === undefined ? "other" : "web1"];
  return node.change({
    uuid,
    name,
    actions: but === undefined ? [{ remove: { ...file, volume: null } }] : [{ free: file, but }],
  });
}
const left = (path: string, why: string) => ({ kind: "done", left: [{ path, why }] });

describe("a file that is removed", () => {
  it("goes where nobody wants it", async () => {
    const { path, directory } = place();
    writeFileSync(join(directory, "other.img"), "");
    expect(await remove(path, directory, diskXml(join(directory, "other.img")))).toEqual({ kind: "done", left: [] });
    expect(existsSync(path)).toBe(false);
  });

  it.each<[string, (path: string, directory: string) => string]>([
    ["its name", (path) => path],
    [
      "a hard link, whose name has a newline",
      (path, directory) => {
        linkSync(path, join(directory, "a\nb"));
        return join(directory, "a\nb");
      },
    ],
    [
      "a symbolic link",
      (path, directory) => {
        symlinkSync(path, join(directory, "link"));
        return join(directory, "link");
      },
    ],
  ])("stays where a guest names it by %s", async (_what, name) => {
    const { path, directory } = place();
    expect(await remove(path, directory, diskXml(name(path, directory)))).toEqual(
      left(path, "the guest other names it by now"),
    );
    expect(existsSync(path)).toBe(true);
  });

  it("stays where a guest names it as a volume of a pool", async () => {
    const { path, directory } = place();
    const escaped = directory.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
    const pool = `<pool type='dir'><name>it&apos;s</name><target><path>${escaped}</path></target><volume><name>disk $(x).img</name><capacity>9</capacity></volume></pool>`;
    const volume = "<disk type='volume'><source pool='it&apos;s' volume='disk $(x).img'/><target dev='vda'/></disk>";
    expect(await remove(path, directory, volume, { more: pool })).toEqual(
      left(path, "the guest other names it by now"),
    );
    expect(existsSync(path)).toBe(true);
  });

  it.each<[string, readonly string[], string]>([
    ["qcow2", ["-f", "qcow2"], "is based on it by now"],
    ["an old qcow2", ["-f", "qcow2", "-o", "compat=0.10"], "is based on it by now"],
    ["qed", ["-f", "qed"], "is based on it by now"],
  ])("stays where an image of the format %s is based on it, by whatever path", async (_what, format, why) => {
    for (const base of ["absolute", "relative", "json", "single quotes", "a driver"]) {
      const { path, directory } = place();
      const json = `json:${JSON.stringify({ driver: "raw", file: { driver: "file", filename: path } })}`;
      const link = join(temporaryDirectory(), "link");
      symlinkSync(path, link);
      const names: Readonly<Record<string, string>> = {
        absolute: path,
        json,
        "single quotes": `json:{'driver':'raw','file':{'driver':'file','filename':'${link}'}}`,
        "a driver": `host_device:${link}`,
      };
      const named = names[base] ?? "disk $(x).img";
      const over = join(directory, ".over lay");
      execFileSync("qemu-img", ["create", "-q", "-u", ...format, "-F", "raw", "-b", named, over, "1M"]);
      const answer = await remove(path, directory);
      expect(answer).toMatchObject(
        base === "json" && format[1] === "qed" ? { left: [{ path }] } : left(path, `${over} ${why}`),
      );
      expect(existsSync(path)).toBe(true);
    }
  });

  it("stays where the description of an image has what is written otherwise than it is", async () => {
    const { path, directory } = place();
    const over = join(directory, "over");
    const escaped = `json:{'driver':'file','filename':'${path.replaceAll("'", "\\'")}'}`;
    execFileSync("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", escaped, over, "1M"]);
    expect(await remove(path, directory)).toEqual(left(path, `${over} may be based on it by now`));
  });

  it("stays where nobody can tell what an image is based on, and goes where that is another file", async () => {
    const { path, directory } = place();
    const broken = join(directory, "broken");
    writeFileSync(broken, Buffer.concat([Buffer.from("QFI\xfb\0\0\0\x63", "latin1"), Buffer.alloc(200)]));
    expect(await remove(path, directory)).toEqual(left(path, `${broken} may be based on it by now`));
    execFileSync("qemu-img", ["create", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b", "other", broken, "1M"]);
    expect(await remove(path, directory)).toEqual({ kind: "done", left: [] });
  });

  it("stays while a program has it open that no libvirt shows", async () => {
    const { path, directory } = place();
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", path, "1M"]);
    const holder = spawn("qemu-io", ["-f", "qcow2", path], { stdio: ["pipe", "pipe", "inherit"] });
    const over = once(holder, "exit");
    await once(holder.stdout, "data");
    expect(await remove(path, directory)).toEqual(left(path, "a program that libvirt does not know of has it open"));
    holder.stdin.end();
    await over;
    expect(await remove(path, directory)).toEqual({ kind: "done", left: [] });
  });

  it("is said to be there still where rm does nothing and does not fail", async () => {
    const { path, directory } = place();
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "rm"), "#!/bin/sh\n", { mode: 0o755 });
    const before = process.env.PATH;
    process.env.PATH = `${bin}:${before}`;
    try {
      expect(await remove(path, directory)).toEqual(left(path, "it is there still, although its removal did not fail"));
    } finally {
      process.env.PATH = before;
    }
  });

  it("is looked at before anything is done, where its own guest may name it", async () => {
    const { path, directory } = place();
    expect(await remove(path, directory, "", { but: testUuid(0) })).toEqual({ kind: "done", left: [] });
    const taken = await remove(path, directory, diskXml(path), { but: testUuid(0) });
    expect(taken).toMatchObject({ kind: "failed", done: 0, said: "the guest other names it by now" });
  });
});
