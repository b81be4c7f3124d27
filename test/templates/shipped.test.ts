import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { loadTemplate } from "../../src/operations/load-template.ts";

const directory = fileURLToPath(new URL("../../templates/", import.meta.url));
const names = readdirSync(directory).map((file) => file.replace(/\.conf$/, ""));
const load = (name: string) => loadTemplate({ templates: [directory] }, name, { cwd: "/" });

describe("the templates that come with mclu", () => {
  it("are those of the systems that people ask for", () => {
    const systems = ["debian", "fedora", "centos-stream", "almalinux", "ubuntu", "rocky", "opensuse-leap"];
    expect(new Set(names.map((name) => name.replace(/-[\d.]+$/, "")))).toEqual(new Set(systems));
  });

  it.each(names)(
    "%s says all that a list shows, names no file of this machine, and installs the agent",
    async (name) => {
      const { recipe, files } = await load(name);
      expect(recipe).toMatchObject({
        description: expect.any(String),
        os: expect.any(String),
        size: expect.any(Number),
        tested: name === "debian-12",
      });
      expect(files).toEqual([]);
      expect(recipe.steps).toContainEqual(expect.objectContaining({ name: "install", value: "qemu-guest-agent" }));
    },
  );

  it.each(names)("%s fetches by https", async (name) => {
    const { base } = (await load(name)).recipe;
    if (base.kind === "cloud-image") expect(base.source).toMatchObject({ kind: "url", safe: true });
    else expect(base.checkSignature).toBe(true);
  });
});
