import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { card } from "./support/guests.ts";
import { parseDocument } from "./support/json-schema.ts";
import { runMclu, temporaryDirectory } from "./support/run-mclu.ts";
import { testDriverUri } from "./support/test-driver.ts";

const devices = `<disk type='file'><source file='/i/a'/><target dev='vda' bus='virtio'/></disk>${card("52:54:00:00:00:01")}`;

function cluster(): string {
  const uri = testDriverUri(temporaryDirectory(), [{ name: "web1" }, { name: "web2", state: "shut off", devices }]);
  return `[mclu]\ntransport = local\nuri = ${uri}\n[nodes]\nham0 =\nham1 =\nbad =\n[node.bad]\nuri = qemu+unix:///system?socket=/nonexistent\n`;
}

describe("the published JSON schema", () => {
  it("is a valid schema of draft 2020-12", () => {
    const schema = JSON.parse(readFileSync(new URL("../schema/mclu.schema.json", import.meta.url), "utf8"));
    expect(new Ajv2020({ strict: false }).validateSchema(schema)).toBe(true);
  });

  it("describes every field that it requires, where it requires it", () => {
    const missing: string[] = [];
    JSON.parse(readFileSync(new URL("../schema/mclu.schema.json", import.meta.url), "utf8"), (_, part) => {
      const { required, properties } = part ?? {};
      if (Array.isArray(required) && properties) missing.push(...required.filter((name) => !(name in properties)));
      return part;
    });
    expect(missing).toEqual([]);
  });

  it.each([
    ["status", ["status"]],
    ["status", ["status", "--wide"]],
    ["list", ["list"]],
    ["top", ["top", "--interval", "0.1"]],
    ["info", ["info", "ham0/*"]],
    ["ip", ["ip"]],
    ["disk-list", ["disk", "list", "ham0/*"]],
    ["nic-list", ["nic", "list", "ham0/*"]],
    ["snapshot-list", ["snapshot", "list", "ham0/*"]],
    ["plan", ["set", "--dry-run", "ham0/web2", "vcpus=3", "boot=hd"]],
    ["plan", ["disk", "remove", "--dry-run", "ham0/web2", "vda"]],
    ["plan", ["nic", "remove", "--dry-run", "ham0/web2"]],
    ["node-list", ["node", "list"]],
    ["doctor", ["doctor", "ham0"]],
    ["config", ["config", "show"]],
    ["config-check", ["config", "check"]],
    ["place", ["place"]],
    ["template-list", ["template", "list"]],
    ["template", ["template", "show", "debian-12"]],
    ["template", ["template", "show", "rocky-9"]],
    ["template-validate", ["template", "validate"]],
  ])("describes every field of %s (%s)", async (kind, argv) => {
    const run = await runMclu([...argv, "-o", "json"], { config: cluster() });
    expect(parseDocument(run.stdout).kind).toBe(kind);
  });

  it("refuses what is not described", () => {
    expect(() => parseDocument('{"schema":1,"kind":"status","nodes":[],"more":1}')).toThrow("additional properties");
    expect(() => parseDocument('{"schema":1,"kind":"nothing"}')).toThrow();
  });
});
