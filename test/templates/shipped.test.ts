import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { osIdOf } from "../../src/libvirt/os-id.ts";
import { loadTemplate } from "../../src/operations/load-template.ts";

const directory = fileURLToPath(new URL("../../templates/", import.meta.url));
const gigabyte = 1024 ** 3;
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

  it.each(names)(
    "%s says whether it is built in CI, and has a serial console and sizes that fit a server",
    async (name) => {
      const text = readFileSync(join(directory, `${name}.conf`), "utf8");
      expect(text).toMatch(name === "debian-12" ? /^; Built in CI/ : /^; Not built in CI/);
      expect(text.replaceAll("\n; ", " ")).toMatch(/^; .*a serial console/);
      const { memory, vcpus, size, os, description } = (await load(name)).recipe;
      expect([gigabyte, 2 * gigabyte]).toContain(memory);
      expect([1, 2]).toContain(vcpus);
      expect(size).toBe(10 * gigabyte);
      expect(osIdOf(os ?? "")).toMatch(/^http:\/\/[a-z]+\.(org|com)\/[a-z-]+\/[\d.]+$/);
      // the release, in all three
      const version = /[\d.]+$/.exec(name)?.[0] ?? "?";
      expect([os, description]).toEqual([expect.stringContaining(version), expect.stringContaining(version)]);
    },
  );

  it.each(names)("%s fetches by https", async (name) => {
    const { base } = (await load(name)).recipe;
    if (base.kind === "cloud-image") expect(base.source).toMatchObject({ kind: "url", safe: true });
    else expect(base.checkSignature).toBe(true);
  });
});
