import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { loadClusterConfig } from "../src/cluster/config.ts";
import { globalKeyNames, nodeDefaults, nodeKeyNames, nodeKeys } from "../src/cluster/config-keys.ts";
import { homeWith } from "./support/home-with.ts";

const example = await readFile(new URL("../mclu.conf.example", import.meta.url), "utf8");
const setting = /^;(?=\S+ = )/gm;

async function load(text: string) {
  const home = await homeWith({ "mclu.conf": text, ".ssh/id_ed25519": "", ".ssh/id_ed25519.pub": "" });
  return loadClusterConfig({ file: "mclu.conf", env: { HOME: home }, cwd: home });
}

describe("mclu.conf.example", () => {
  it("is a configuration as it stands", async () => {
    const { nodes } = await load(example);
    expect(nodes.map(({ name }) => name)).toEqual(["ham0", "ham1", "host0.example.jp"]);
    expect(nodes[1]).toEqual(expect.objectContaining({ host: "10.0.0.11", become: "sudo", hostReserve: 1024 ** 3 }));
  });

  it("is one with every setting in it uncommented too", async () => {
    const { nodes } = await load(example.replace(setting, ""));
    expect(nodes.map(({ name }) => name)).toEqual(["ham0", "ham1", "host0.example.jp", "ham2"]);
    expect(nodes[0]).toEqual(expect.objectContaining({ groups: ["fast", "rack1"], connectTimeout: 3 }));
  });

  it.each([...nodeKeyNames, ...globalKeyNames])("explains %s under [mclu]", (key) => {
    const [, section = ""] = example.split(/^\[.*\]$/m);
    expect(section).toMatch(new RegExp(`^;?${key} = \\S`, "m"));
  });

  it("shows the defaults that mclu has", async () => {
    const { nodes } = await load(example.replace(setting, ""));
    const node = { ...nodeDefaults, name: "x", host: "x" };
    for (const key of [
      "uri",
      "transport",
      "become",
      "pool",
      "network",
      "weight",
      "read-timeout",
      "change-timeout",
    ] as const)
      expect(nodes[0] && nodeKeys[key].value(nodes[0]), key).toBe(
        key === "become" ? "none" : nodeKeys[key].value(node),
      );
  });

  it.each([...example.matchAll(/\$(MCLU_[A-Z_]+)/g)].map(([, name = ""]) => name))(
    "names a variable that exists: %s",
    async (name) => {
      if (name === "MCLU_PATH" || name === "MCLU_CONFIG") return;
      const home = await homeWith({ "mclu.conf": "[nodes]\nham0" });
      const env = { HOME: home, [name]: "~bob/ @" };
      await expect(loadClusterConfig({ file: "mclu.conf", env, cwd: home })).rejects.toThrow(`environment ${name}: `);
    },
  );
});
