import { describe, expect, it } from "vitest";
import { clusterOf } from "../support/guests.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";

const mark = '<metadata><i:image xmlns:i="urn:mclu:image:1"/></metadata>';
const cluster = () =>
  clusterOf({
    ham0: [
      { name: "web1" },
      { name: "debian-original", state: "shut off" },
      { name: "plain", state: "shut off" },
      { name: "busy-original" },
    ],
    ham1: [
      { name: "debian-original", state: "shut off", uuid: "00000000-0000-4000-8000-0000000000d1" },
      { name: "golden", state: "shut off", more: mark, uuid: "00000000-0000-4000-8000-0000000000d2" },
    ],
  });

describe("image list", () => {
  it("lists guests that are shut off and have the name or the mark of an image, with their host", async () => {
    const { stdout, code } = await runMclu(["image", "list"], { config: cluster() });
    expect([stdout, code]).toEqual([
      "NAME             HOST\ndebian-original  ham0\ndebian-original  ham1\ngolden           ham1\n",
      0,
    ]);
  });

  it("lists with --all what else clone would take", async () => {
    const { stdout } = await runMclu(["image", "list", "--all", "-o", "json"], { config: cluster() });
    const { images } = parseDocument(stdout) as unknown as { images: { name: string; image: boolean }[] };
    expect(images.map(({ name, image }) => [name, image])).toEqual([
      ["debian-original", true],
      ["debian-original", true],
      ["golden", true],
      ["plain", false],
    ]);
  });

  it("says what to do where there are none", async () => {
    const list = async (...argv: string[]) => {
      const config = clusterOf({ ham0: [{ name: "web1" }] });
      const { stdout, stderr } = await runMclu(["image", "list", ...argv], { config });
      return [stdout, stderr];
    };
    expect(await list()).toEqual(["NAME  HOST\n", "no images: mclu image mark makes one of a guest\n"]);
    expect((await list("--all"))[1]).toBe("no guest is shut off\n");
    expect(await list("-o", "name")).toEqual(["", ""]);
  });

  it("asks the nodes that are named", async () => {
    expect((await runMclu(["image", "list", "ham0", "-o", "name"], { config: cluster() })).stdout).toBe(
      "ham0/debian-original\n",
    );
  });
});

describe("image mark", () => {
  const plan = async (...argv: string[]) => {
    const { stdout, stderr, code } = await runMclu(["image", ...argv, "--dry-run", "--show-commands"], {
      config: cluster(),
    });
    return { text: stdout + stderr, code };
  };

  it("sets the mark in the definition, and in a guest that runs", async () => {
    const off = await plan("mark", "plain");
    expect(off.code).toBe(0);
    expect(off.text).toMatch(/metadata \S+ --uri urn:mclu:image:1 --key mclu-image --set '<image\/>' --config$/m);
    const running = await plan("mark", "ham0/web1");
    expect(running.text).toMatch(/--config --live$/m);
    expect(running.text).toContain("it counts as an image once it is shut off");
  });

  it("says of a guest that has it, or not, that there is nothing to do", async () => {
    expect((await plan("mark", "golden")).text).toContain("already marked");
    expect((await plan("unmark", "plain")).text).toContain("not marked");
    expect((await plan("unmark", "golden")).text).toMatch(/--remove --config$/m);
  });

  it("does not unmark what its name makes an image", async () => {
    const { text, code } = await plan("unmark", "ham0/debian-original");
    expect(code).toBe(6);
    expect(text).toContain("its name ends in original");
  });
});
