import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesQuery } from "../../src/libvirt/files-query.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { runQuery } from "../support/run-query.ts";

const look = (paths: readonly string[]) => runQuery(filesQuery(paths));

it("tells size and kind of what a link leads to, as a logical volume's is one, and which file the link itself is", () => {
  const home = temporaryDirectory();
  const at = (name: string) => join(home, name);
  writeFileSync(at("disk"), "x".repeat(3000));
  symlinkSync(at("disk"), at("link"));
  symlinkSync(at("nowhere"), at("dangling"));
  symlinkSync("/dev/null", at("device"));
  const [file, link, dangling, device, gone] = look(["disk", "link", "dangling", "device", "gone"].map(at));
  expect(file).toMatchObject({ size: 3000, kind: "regular file", leadsTo: "regular file", target: file?.identity });
  expect(link).toMatchObject({ size: 3000, kind: "symbolic link", leadsTo: "regular file", target: file?.identity });
  expect(link?.identity).not.toBe(file?.identity);
  expect(dangling).toMatchObject({
    size: at("nowhere").length,
    kind: "symbolic link",
    leadsTo: "symbolic link",
    target: "none",
  });
  expect(device).toMatchObject({
    kind: "symbolic link",
    leadsTo: "character special file",
    target: expect.stringMatching(`:${statSync("/dev/null").ino}$`),
  });
  expect(gone).toBeNull();
});

it("reads which volume is the origin of LVM snapshots", () => {
  const line = "5:9 0 5:7 tmpfs | symbolic link | block special file";
  const read = (text: string) => filesQuery(["/dev/vg/a"]).parse([{ code: 0, texts: [text] }])[0];
  const facts = { kind: "symbolic link", leadsTo: "block special file" };
  expect(read(`${line} | origin\n`)).toMatchObject({ ...facts, isOrigin: true });
  expect(read(`${line}\n`)).toMatchObject(facts);
  expect(read(`${line}\n`)).not.toHaveProperty("isOrigin");
});
