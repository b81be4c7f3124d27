import { expect, it } from "vitest";
import type { FileFacts } from "../../../src/libvirt/files-query.ts";
import { writtenFiles } from "../../../src/operations/delete/written-files.ts";

it("names the files that a guest wrote besides its disks, each once, and neither devices nor what others brought", () => {
  const definition = (devices: string) =>
    `<domain><os><kernel>/boot/k</kernel></os><devices>${devices}</devices></domain>`;
  const memory = "<memory model='nvdimm'><source><path>/d/nvdimm</path></source></memory>";
  const ports = `<serial type='file'><source path='/d/serial'/><log file='/d/log'/></serial>
<serial type='unix'><source path='/d/socket'/></serial><console type='file'><source path='/d/serial'/></console><parallel type='file'><source path='/d/gone'/></parallel>`;
  const more = `<tpm><backend type='emulator'><source type='dir' path='/d/tpm'/></backend></tpm><emulator>/d/qemu</emulator>
<console type='file'><source path='/d/disk'/></console><filesystem><source dir='/d/tpm2'/></filesystem>`;
  const kinds: Readonly<Record<string, string>> = {
    "/d/socket": "socket",
    "/d/tpm": "directory",
    "/d/tpm2": "directory",
  };
  const file = (path: string): FileFacts | null =>
    path === "/d/gone"
      ? null
      : {
          ...{ identity: "1:1", target: "1:1", size: 7, leadsTo: "", fileSystem: "ext2/ext3" },
          kind: kinds[path] ?? "regular file",
        };
  const definitions = [definition(memory + ports), definition(memory + more)];
  expect(
    writtenFiles(definitions, new Set(["/d/disk"]), { file }).map(({ what, path, fate }) => [what, path, fate]),
  ).toEqual([
    ["memory device", "/d/nvdimm", "keep"],
    ["serial device", "/d/serial", "keep"],
    ["serial device", "/d/log", "keep"],
    ["tpm device", "/d/tpm", "keep"],
  ]);
});
