import { expect, it } from "vitest";
import { lookAtBuilder } from "../../src/operations/look-at-host.ts";
import { Problems } from "../../src/origin.ts";
import type { Recipe } from "../../src/template/recipe.ts";
import { attemptStep, type TemplateStep } from "../../src/template/step.ts";
import { fakeCluster } from "../support/fake-host.ts";

const steps = attemptStep("install", "nano", { origin: { from: "default" }, directory: "/" }, new Problems());
const from = (kind: "url" | "path") =>
  ({ name: "web", base: { kind: "cloud-image", source: { kind } }, steps }) as unknown as Recipe;
const cloud = from("url");
const recipe = { ...cloud, base: { kind: "virt-builder" } } as Recipe;
const options = "--install\n--run-command\n";

/** Of a node that says this of itself, and that its virt-customize has these options; "": it has none. */
async function look(
  said: readonly string[],
  known = options,
  wanted = recipe,
  room = "cache /root/.cache/virt-builder\n",
) {
  const cluster = await fakeCluster({ ham0: () => [] });
  const asked: (readonly string[])[] = [];
  const ask = (query: { steps: readonly { run: readonly string[] }[]; parse: (answers: unknown) => unknown }) => {
    asked.push(...query.steps.map(({ run }) => run));
    const text = [...said, "end", ""].join("\n");
    return query.parse([
      { code: 0, texts: [text] },
      { code: known === "" ? 127 : 0, texts: [known] },
      { code: 0, texts: [room] },
    ]);
  };
  Object.assign(cluster.node("ham0"), { ask });
  const place = { directory: "/images", files: ["/images/web1.qcow2"] };
  const host = await lookAtBuilder(cluster, "ham0", place, wanted, undefined);
  return { host, asked: asked.flat() };
}

const good = ["uid 0", "home /root", "writable", `free ${2 * 1024 ** 2}`];

it("takes a node that can, and asks it for the programs of the recipe's kind", async () => {
  expect((await look(good)).host).toMatchObject({ home: "/root", isRoot: true, temporary: 2 * 1024 ** 3 });
  expect((await look(good)).asked).toContain("virt-builder");
  const { asked } = await look(good, options, cloud);
  expect(asked).toEqual(expect.arrayContaining(["virt-customize", "curl"]));
  expect(asked).not.toContain("virt-builder");
  // an image on the node is not fetched
  expect((await look(good, options, from("path"))).asked).not.toContain("curl");
});

const without = (word: string, ...more: string[]) => [...good.filter((line) => !line.startsWith(word)), ...more];

it.each<[readonly string[], string, string]>([
  [[...good, "missing flock"], options, "ham0 lacks flock"],
  [[...good, "missing flock"], "", "ham0 lacks flock"],
  [good, "", "ham0 lacks virt-customize"],
  [without("writable"), options, "the login of ham0 may not write into /images"],
  [[...good, "closed /images"], options, "qemu on ham0 could not read the disk"],
  [without("free", "free 1024"), options, "/var/tmp of ham0, where libguestfs works, is nearly full"],
  [[...good, "taken /images/web1.qcow2"], options, "/images/web1.qcow2 is there already on ham0"],
  [good, "--run-command\n", "install"],
])("refuses a node that says %j", async (said, known, message) => {
  await expect(look(said, known)).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining(message) });
});

it.each<[TemplateStep["origin"], string]>([
  [{ from: "command line", option: "--install" }, "mclu exec ham0 -- virt-customize --version"],
  [{ from: "default" }, "mclu template validate --node ham0 'my web'"],
])("says what to do about a step that is not known there, of %j", async (origin, hint) => {
  const wanted = { ...recipe, name: "my web", steps: steps.map((step) => ({ ...step, origin })) };
  await expect(look(good, "--run-command\n", wanted)).rejects.toMatchObject({
    exitCode: 6,
    hint: expect.stringContaining(hint),
  });
});

it("says to a login that is not root how it may write", async () => {
  const said = ["uid 1000", "home /home/a", `free ${2 * 1024 ** 2}`];
  await expect(look(said)).rejects.toMatchObject({ hint: "become = sudo, in [node.ham0] of mclu.conf" });
});

it.each<[string, string, string | undefined]>([
  [
    "a template that does not fit into the cache",
    "free 1024\n",
    "virt-builder would keep 50M in /root/.cache/virt-builder of ham0, where 1M are free",
  ],
  ["a template that is in the cache already", "cached\nfree 0\n", undefined],
  ["a cache with room for it", "free 999999\n", undefined],
  ["a cache of which nobody knows", "free \n", undefined],
])("looks at the room for %s", async (_what, cache, message) => {
  const index = JSON.stringify({ templates: [{ size: 6 * 1024 ** 3, "compressed-size": String(50 * 1024 ** 2) }] });
  const looked = look(good, options, recipe, `cache /root/.cache/virt-builder\n${cache}index\n${index}`);
  if (message === undefined) await expect(looked).resolves.toMatchObject({ host: { isRoot: true } });
  else
    await expect(looked).rejects.toMatchObject({ exitCode: 6, message, hint: "mclu exec ham0 -- df -h /root/.cache" });
  const tight = look(
    ["uid 0", "home /root", "writable", `free ${1024 ** 2 + 1}`],
    options,
    recipe,
    `cache /c\nindex\n${index}`,
  );
  await expect(tight).rejects.toMatchObject({ exitCode: 6, hint: "mclu exec ham0 -- df -h /var/tmp" });
});
