import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadClusterConfig } from "../../src/cluster/config.ts";
import { isNodeKey } from "../../src/cluster/config-keys.ts";
import { showConfig } from "../../src/operations/config.ts";
import { renderConfig, renderConfigCheck } from "../../src/render/config.ts";
import { createStyle } from "../../src/render/style.ts";
import { homeWith } from "../support/home-with.ts";

const plain = createStyle(false);

describe("renderConfig", () => {
  it("is an mclu.conf with the origin of every setting", async () => {
    const home = await homeWith({ "m.conf": "[mclu]\nhost-reserve = 1G\n[nodes]\nham0 = root@ham0.example:2222\n" });
    const report = await showConfig({ file: "m.conf", env: { HOME: home, MCLU_FANOUT: "4" }, cwd: home });
    expect(renderConfig(report, plain)).toBe(`; m.conf
[mclu]
fanout = 4                               ; environment MCLU_FANOUT

[nodes]
ham0 = ham0.example                      ; m.conf:4

[node.ham0]
user = root                              ; m.conf:4
port = 2222                              ; m.conf:4
;identity =                              ; default
uri = qemu:///system                     ; default
transport = auto                         ; default
become = none                            ; default
pool = default                           ; default
network = default                        ; default
;groups =                                ; default
weight = 1                               ; default
;mac =                                   ; default
host-reserve = 1G                        ; m.conf:2
;connect-timeout =                       ; default
read-timeout = 20s                       ; default
change-timeout = 60s                     ; default
;ssh-key =                               ; default
`);
  });

  it("is read back as the same configuration", async () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9._-]{0,12}$/).filter((name) => name !== "all" && !isNodeKey(name));
    const strange = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 ;#'"\\=]{0,12}[A-Za-z]$/);
    const keys = fc.record(
      {
        user: word,
        port: fc.integer({ min: 1, max: 65535 }).map(String),
        pool: strange.map((text) => JSON.stringify(text)),
        network: fc.oneof(
          word,
          word.map((name) => `bridge:${name.replace(/[.-]/g, "_")}`),
        ),
        groups: fc.array(word, { minLength: 1 }).map((names) => names.join(",")),
        weight: fc.nat({ max: 9999 }).map((weight) => String(weight / 100)),
        "host-reserve": fc.maxSafeNat().map((bytes) => `${bytes}B`),
        "read-timeout": fc.integer({ min: 1, max: 3_600_000 }).map((milliseconds) => String(milliseconds / 1000)),
        become: fc.constantFrom("none", "sudo"),
        templates: strange.map((text) => JSON.stringify(`/${text}`)),
      },
      { requiredKeys: [] },
    );
    const home = await homeWith();
    const load = async (text: string) => {
      await writeFile(join(home, "m.conf"), text);
      return { file: "m.conf", env: { HOME: home }, cwd: home };
    };
    await fc.assert(
      fc.asyncProperty(keys, word, async (settings, node) => {
        const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
        const options = await load(`[mclu]\n${lines.join("\n")}\n[nodes]\n${node} = h\n`);
        const first = await loadClusterConfig(options);
        await load(renderConfig(await showConfig(options), plain));
        const second = await loadClusterConfig(options);
        expect({ ...second, origins: null }).toEqual({ ...first, origins: null });
      }),
    );
  });
});

describe("renderConfigCheck", () => {
  it("counts the nodes, or says that there is no configuration", () => {
    expect(renderConfigCheck({ file: "m.conf", nodes: ["a"], warnings: [] })).toBe("m.conf: no errors, 1 node\n");
    expect(renderConfigCheck({ file: "m\u202e.conf", nodes: ["a", "b"], warnings: [] })).toBe(
      "m\\u202e.conf: no errors, 2 nodes\n",
    );
    expect(renderConfigCheck({ file: null, nodes: ["localhost"], warnings: [] })).toBe(
      "no mclu.conf: this machine only\n",
    );
  });
});
