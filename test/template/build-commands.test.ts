import { describe, expect, it } from "vitest";
import { buildCommands } from "../../src/template/build-commands.ts";
import type { Base } from "../../src/template/recipe.ts";

const places = {
  output: "/pool/.web1.part",
  format: "qcow2",
  size: 20 * 1024 ** 3,
  commandsFile: "/job/commands",
  cache: "/pool/.cache",
  download: "/pool/.web1.download",
} as const;
const digest = "0".repeat(64);
const url = "https://h/i.img";

/** The commands without the text of scripts, which the fleet runs. */
function commands(base: Base, size: number | null = places.size) {
  const made = buildCommands({ base }, { ...places, size });
  return made.map(({ title, argv }) => [title, ...argv.filter((word) => !word.includes("\n"))]);
}

describe("the commands of a build", () => {
  it("are one of virt-builder's for its images", () => {
    const base = { kind: "virt-builder", image: "tiny", checkSignature: true } as const;
    const argv = ["build tiny", "virt-builder", "tiny", "--output", places.output, "--format", "qcow2"];
    const end = ["--commands-from-file", "/job/commands"];
    expect(commands(base)).toEqual([[...argv, "--size", "21474836480b", ...end]]);
    expect(commands({ ...base, checkSignature: false }, null)).toEqual([[...argv, "--no-check-signature", ...end]]);
  });

  const script = ["sh", "-c", "mclu-build"];
  const customize = "virt-customize --format qcow2 --add /pool/.web1.part --commands-from-file /job/commands".split(
    " ",
  );
  const pinned = `/pool/.cache/sha256-${digest}.img`;

  it("fetch, copy and customize a cloud image, known by its checksum", () => {
    const checksum = { algorithm: "sha256", digest } as const;
    expect(commands({ kind: "cloud-image", source: { kind: "url", url, safe: true }, checksum })).toEqual([
      [`fetch ${url}`, ...script, url, pinned, places.download, "sha256sum", digest],
      ["copy", ...script, pinned, places.output, "qcow2", "21474836480"],
      ["customize", ...customize],
    ]);
  });

  it("know a cloud image without a checksum by where it came from", () => {
    const cached = expect.stringMatching(/^\/pool\/\.cache\/url-[0-9a-f]{32}\.img$/);
    expect(commands({ kind: "cloud-image", source: { kind: "url", url, safe: true }, checksum: null }, null)).toEqual([
      [`fetch ${url}`, ...script, url, cached, places.download, "", ""],
      ["copy", ...script, cached, places.output, "qcow2", ""],
      ["customize", ...customize],
    ]);
  });

  it("say what they come to, as one would type it", () => {
    const typed = (base: Base, size: number | null = places.size) =>
      buildCommands({ base }, { ...places, size }).flatMap(({ typed: lines }) => lines.map((argv) => argv.join(" ")));
    const sum = { algorithm: "sha256", digest } as const;
    const from = { kind: "url", url, safe: true } as const;
    const fetch = `curl --fail --location --output ${places.download} --url ${url}`;
    const make = (image: string) => [
      `qemu-img convert -O qcow2 ${image} ${places.output}`,
      `qemu-img resize -f qcow2 ${places.output} 21474836480`,
      customize.join(" "),
    ];
    expect(typed({ kind: "cloud-image", source: from, checksum: sum })).toEqual([
      fetch,
      `sha256sum ${places.download}`,
      `mv -f ${places.download} ${pinned}`,
      ...make(pinned),
    ]);
    const unchecked = typed({ kind: "cloud-image", source: from, checksum: null }, null);
    expect([unchecked.length, unchecked[0], unchecked[1]]).toEqual([
      4,
      fetch,
      expect.stringMatching(/^mv -f .*\/url-/),
    ]);
    const path = "/srv/i.img";
    expect(typed({ kind: "cloud-image", source: { kind: "path", path }, checksum: sum })).toEqual([
      `sha256sum ${path}`,
      ...make(path),
    ]);
    const [builder] = buildCommands({ base: { kind: "virt-builder", image: "tiny", checkSignature: true } }, places);
    expect(builder?.typed).toEqual([builder?.argv]);
  });

  it("take a cloud image that is on the node, checked where there is something to check it with", () => {
    const source = { kind: "path", path: "/srv/i.img" } as const;
    const checksum = { algorithm: "sha512", digest } as const;
    const copy = ["copy", ...script, "/srv/i.img", places.output, "qcow2", "21474836480"];
    expect(commands({ kind: "cloud-image", source, checksum: null })).toEqual([copy, ["customize", ...customize]]);
    expect(commands({ kind: "cloud-image", source, checksum })).toEqual([
      ["check", ...script, "/srv/i.img", "sha512sum", digest],
      copy,
      ["customize", ...customize],
    ]);
  });
});
