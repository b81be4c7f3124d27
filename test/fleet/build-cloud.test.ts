import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { builder } from "./builder.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";

const image = "/run/fleet/repo/tiny.qcow2";
const url = "http://127.0.0.1:8080/tiny.qcow2";

describe("a guest of a cloud image", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.148.0", nodes: 2, kinds: { ham1: "sudo" } });
    const [digest = ""] = (await fleet.node("ham0").enter(`sha256sum ${image}`)).split(" ");
    const template = (source: string, sum = digest) =>
      `[template]\nsource = ${source}\nchecksum = sha256:${sum}\nmemory = 128M\n[customize]\nwrite /etc/motd:cloud\n`;
    user = await builder(fleet, {
      path: template(image),
      url: template(url),
      wrong: template(image, "0".repeat(64)),
    });
  });
  afterAll(() => fleet?.down());

  it("is built from a file of the node and from one that the node fetches, and gets its address", {
    timeout: 400_000,
  }, async () => {
    const node = fleet.node("ham1");
    await node.enter(
      "cd /run/fleet/repo; setsid python3 -m http.server --bind 127.0.0.1 8080 </dev/null >/dev/null 2>&1 &",
    );
    await node.enter(`timeout 20 sh -c 'until curl -fsI ${url} >/dev/null; do sleep 0.1; done'`);
    const build = (template: string, guest: string) =>
      user.mclu(["build", template, guest, "--wait", "ip", "--wait-timeout", "120", "-o", "json"], { limit: 380_000 });
    const runs = await Promise.all([build("path", "ham0/web1"), build("url", "ham1/web2")]);
    for (const { code, stdout, stderr } of runs) {
      expect([code, stderr.match(/^error.*/gm)]).toEqual([0, null]);
      expect(parseDocument(stdout)).toMatchObject({
        results: [{ outcome: "built", address: expect.stringMatching(/^192\.168\.122\./) }],
      });
    }
    expect(await node.enter("ls /var/cache/mclu/images")).toMatch(/^sha256-[0-9a-f]{64}\.img\n$/);
  });

  it("is none where the image is not what its checksum says", async () => {
    const { code, stderr } = await user.mclu(["build", "wrong", "ham0/web3"]);
    expect([code, stderr]).toEqual([1, expect.stringContaining("is not what the template's checksum says")]);
    expect(await fleet.node("ham0").enter("ls -A /var/lib/libvirt/images | grep web3 || :")).toBe("");
  });
});
