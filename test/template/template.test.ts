import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problems } from "../../src/origin.ts";
import { readTemplate } from "../../src/template/template.ts";

function read(text: string) {
  const problems = new Problems();
  const { recipe } = readTemplate({ name: "web", file: "web.conf", directory: "/srv/templates", text }, problems);
  return { recipe, problems: problems.lines };
}

const digest = "0123456789abcdef".repeat(4);
const head = "[template]\nimage = debian-12\n";

describe("a template", () => {
  it("is a recipe of virt-builder's", () => {
    const text = `${head}description = "Web; ours"\nmemory = 1.5G\nvcpus = 2\nsize = 20G\nfirmware = uefi
network = bridge:br0\npool = ssd\ngraphics = none\nos = debian12\ntested = no\ncheck-signature = no
[customize]\ninstall nginx\n`;
    expect(read(text)).toEqual({
      problems: [],
      recipe: {
        name: "web",
        file: "web.conf",
        description: "Web; ours",
        base: { kind: "virt-builder", image: "debian-12", checkSignature: false },
        memory: 1.5 * 1024 ** 3,
        vcpus: 2,
        size: 20 * 1024 ** 3,
        firmware: "uefi",
        network: { kind: "bridge", name: "br0" },
        pool: "ssd",
        graphics: "none",
        os: "debian12",
        tested: false,
        steps: [expect.objectContaining({ name: "install", value: "nginx" })],
      },
    });
  });

  it("has defaults for all but the image", () => {
    expect(read("[template]\nimage = tiny").recipe).toMatchObject({
      description: null,
      base: { kind: "virt-builder", image: "tiny", checkSignature: true },
      memory: 1024 ** 3,
      vcpus: 1,
      size: null,
      firmware: "bios",
      network: null,
      pool: null,
      graphics: "vnc",
      os: null,
      tested: null,
      steps: [],
    });
  });

  it.each([
    ["https://h/i.img", "", { source: { kind: "url", url: "https://h/i.img", safe: true }, checksum: null }],
    [
      "http://h/i.img",
      `checksum = sha256:${digest.toUpperCase()}`,
      { source: { kind: "url", url: "http://h/i.img", safe: false }, checksum: { algorithm: "sha256", digest } },
    ],
    [
      "/srv/i.qcow2",
      `checksum = sha512:${digest}${digest}`,
      { source: { kind: "path", path: "/srv/i.qcow2" }, checksum: { algorithm: "sha512", digest: digest + digest } },
    ],
  ])("is a recipe of a cloud image: %s %s", (source, checksum, base) => {
    const { recipe, problems } = read(`[template]\nsource = ${source}\n${checksum}\n`);
    expect({ problems, base: recipe?.base }).toEqual({ problems: [], base: { kind: "cloud-image", ...base } });
  });

  it("may have a mark of UTF-8, line ends of Windows, and a comment behind the last header", () => {
    const { recipe, problems } = read(
      "\ufeff[template]\r\nimage = tiny\r\n[customize] ; steps\r\nwrite /a:1\\\r\n2\r\n",
    );
    expect(problems).toEqual([]);
    expect(recipe?.steps.map(({ value }) => value)).toEqual(["/a:1\n2"]);
  });

  it.each([
    ["", "web.conf:1: no section [template]"],
    ["image = tiny", 'web.conf:1: "image" stands before the first [section] header'],
    ["[customize]\ninstall a", "web.conf:1: no section [template]"],
    ["[templates]\nimage = tiny", "web.conf:1: unknown section [templates]: did you mean [template]?"],
    ["[mclu]\nimage = tiny", "web.conf:1: unknown section [mclu]: there are [template] and, at the end, [customize]"],
    [`${head}[customise]\ninstall a`, 'web.conf:3: "[customise]" is not a header: did you mean [customize]?'],
    [`${head}[customize\ninstall a`, 'web.conf:3: "[customize" is not a header: did you mean [customize]?'],
    [`${head}[customize]\n[template]`, "web.conf:4: [template]: [customize] is the last section"],
    ["[template]\nmemory = 1G", "web.conf:1: neither image nor source"],
    [`${head}source = /a`, "web.conf:3: image and source are both given"],
    [`${head}checksum = sha256:${digest}`, "web.conf:3: checksum belongs to source"],
    ["[template]\nsource = /a\ncheck-signature = no", "web.conf:3: check-signature belongs to image"],
    ["[template]\nsource = http://h/i", "web.conf:2: http without a checksum"],
    [`${head}image = tiny`, 'web.conf:3: "image" is given twice'],
    [`${head}memory`, "web.conf:3: memory has no value"],
    [`${head}:x = 2G`, 'web.conf:3: unknown key ":x" in [template]: keys are'],
    [`${head}ram = 2G`, 'web.conf:3: unknown key "ram" in [template]: did you mean memory?'],
    [`${head}memroy = 2G`, "did you mean memory?"],
    [`${head}os_variant = debian12`, "did you mean os?"],
    [`${head}colour = red`, "keys are description image source"],
    [`${head}memory: 2G`, '"memory: 2G" is not KEY = VALUE: the "=" is missing behind memory'],
    [`${head}memory = 2`, 'memory: "2" is not a size: the unit is missing: 2M, or 2G?'],
    [`${head}memory = 1M`, '"1M" is too little for memory: expected 16M or more'],
    [`${head}size = 0`, '"0" is too little for a disk'],
    [`${head}size = big`, '"big" is not a size'],
    [`${head}vcpus = 0`, '"0" is not a number of CPUs: expected 1 to 1024'],
    [`${head}vcpus = 2.5`, "expected 1 to 1024"],
    [`${head}firmware = efi`, "expected bios, uefi: did you mean uefi?"],
    [`${head}graphics = sdl`, "expected vnc, spice, none"],
    [`${head}network = a/b`, '"a/b" is not a name mclu takes'],
    [`${head}pool = -x`, 'no leading "-"'],
    [`${head}os = Debian 12`, "is not an id of libosinfo's"],
    [`${head}tested = maybe`, "expected yes, no"],
    ["[template]\nimage = https://h/i", "write source = https://h/i"],
    ["[template]\nimage = i.qcow2", "write source = i.qcow2"],
    ["[template]\nimage = --list", "expected one that virt-builder --list shows"],
    ["[template]\nsource = i.qcow2", "expected https://... or a path on the node, which begins with /"],
    ["[template]\nsource = ftp://h/i", "nodes fetch by https or http, not by ftp"],
    ["[template]\nsource = https:///i", "expected https://HOST/PATH"],
    ["[template]\nsource = https://kei:secret@h/i", '"https://...@h" is not a source: a login in a URL'],
    ["[template]\nsource = /a b", "it has a blank or a control character"],
    [`[template]\nsource = /a\nchecksum = ${digest}`, `write sha256:${digest}`],
    ["[template]\nsource = /a\nchecksum = md5:00", "expected sha256: or sha512: and hex digits"],
    ["[template]\nsource = /a\nchecksum = sha256:xyz", "expected hex digits"],
    ["[template]\nsource = /a\nchecksum = sha256:00", "sha256 has 64 hex digits, and here are 2"],
  ])("%j is refused", (text, message) => {
    expect(read(text).problems.join("\n")).toContain(message);
  });

  it("is told all that is wrong with it, in the order of its lines", () => {
    const text = "[template]\nram = 2G\nimage = a/b\n[customize]\ninstal a\nmkdir\n";
    expect(read(text).problems.map((line) => line.slice(0, 10))).toEqual([
      "web.conf:2",
      "web.conf:3",
      "web.conf:5",
      "web.conf:6",
    ]);
  });

  it("of any text at all is a recipe or has problems", () => {
    const lines = fc.constantFrom(
      "[template]",
      "[customize]",
      "image = a",
      "source = /a",
      "install a",
      "x\\",
      "#",
      "=",
      "\0",
    );
    const text = fc.array(fc.oneof(lines, fc.string())).map((parts) => parts.join("\n"));
    fc.assert(
      fc.property(text, (given) => {
        const { recipe, problems } = read(given);
        expect(recipe !== undefined || problems.length > 0).toBe(true);
      }),
    );
  });
});
