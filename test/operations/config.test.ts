import { describe, expect, it } from "vitest";
import { checkConfig, showConfig } from "../../src/operations/config.ts";
import { homeWith } from "../support/home-with.ts";

const text = `[mclu]
templates = t:none
host-reserve = 1.5G
[nodes]
ham0 = root@[fd00::1]:22
[node.ham0]
groups = fast, rack1
network = bridge:br0
connect-timeout = 1.5
`;

async function options(file: string, env: Record<string, string> = {}) {
  const home = await homeWith({ "m.conf": file, "t/web.conf": "" });
  return { file: "m.conf", env: { HOME: home, ...env }, cwd: home, shippedTemplates: "/usr/share/none" };
}

describe("showConfig", () => {
  it("reports every key with its value and origin as data", async () => {
    const given = await options(text, { MCLU_BECOME: "sudo" });
    const report = await showConfig(given);
    expect(report).toEqual({
      file: "m.conf",
      fanout: { key: "fanout", value: 32, origin: "default" },
      templates: [
        { directory: `${given.cwd}/t`, origin: "m.conf:2" },
        { directory: `${given.cwd}/none`, origin: "m.conf:2" },
        { directory: "/usr/share/none", origin: "default" },
      ],
      nodes: [
        {
          node: "ham0",
          settings: [
            { key: "host", value: "fd00::1", origin: "m.conf:5" },
            { key: "user", value: "root", origin: "m.conf:5" },
            { key: "port", value: 22, origin: "m.conf:5" },
            { key: "identity", value: null, origin: "default" },
            { key: "uri", value: "qemu:///system", origin: "default" },
            { key: "transport", value: "auto", origin: "default" },
            { key: "become", value: "sudo", origin: "environment MCLU_BECOME" },
            { key: "pool", value: "default", origin: "default" },
            { key: "network", value: "bridge:br0", origin: "m.conf:8" },
            { key: "groups", value: ["fast", "rack1"], origin: "m.conf:7" },
            { key: "weight", value: 1, origin: "default" },
            { key: "mac", value: null, origin: "default" },
            { key: "host-reserve", value: 1.5 * 1024 ** 3, unit: "bytes", origin: "m.conf:3" },
            { key: "connect-timeout", value: 1.5, unit: "seconds", origin: "m.conf:9" },
            { key: "read-timeout", value: 20, unit: "seconds", origin: "default" },
            { key: "change-timeout", value: 60, unit: "seconds", origin: "default" },
            { key: "ssh-key", value: null, origin: "default" },
          ],
        },
      ],
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe("checkConfig", () => {
  it("warns of directories that were written down and are not there", async () => {
    const given = await options(text, { MCLU_PATH: "/nowhere" });
    expect(await checkConfig(given)).toEqual({
      file: "m.conf",
      nodes: ["ham0"],
      warnings: [
        "environment MCLU_PATH: templates: no directory /nowhere",
        `m.conf:2: templates: no directory ${given.cwd}/none`,
      ],
    });
  });

  it("throws what is wrong, with exit 2", async () => {
    await expect(checkConfig(await options("[nodes]\nham0 = @"))).rejects.toEqual(
      expect.objectContaining({ name: "UserError", exitCode: 2 }),
    );
  });
});
