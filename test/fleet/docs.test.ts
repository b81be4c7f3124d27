import { cp, mkdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { libraryExamples } from "../docs/examples.ts";
import { type ListedLine, listedLines } from "../docs/line-list.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";
import { type Type, typist } from "./typist.ts";

const net = "10.231.0";

type RunLine = Extract<ListedLine, { readonly how: "run" }>;

/** Files that the documents' lines read. */
const files = {
  motd: "welcome\n",
  "new.conf": "[nodes]\nham0 =\n",
  "templates/web.conf": "[template]\nimage = debian-12\ndescription = Web server\n",
  "web.conf": "[template]\nimage = debian-12\n",
  "broken.conf": "[template]\nram = 2G\n",
};

/** The fleet's configuration, with the groups that the documents have, and their templates. */
const settings = (text: string) =>
  text
    .replace("[mclu]\n", "[mclu]\ntemplates = templates\n")
    .replace("[node.ham1]\n", "[node.ham1]\ngroups = fast\n")
    .replace("[node.ham2]\n", "[node.ham2]\ngroups = rack2\n");

/** A node has a /var/log of its own, with what is in it of libvirt. */
const ownLog = `mkdir -p /run/log/libvirt; mount --bind /var/log/libvirt /run/log/libvirt
mount --rbind /run/log /var/log; echo started >/var/log/syslog`;

describe("the lines of the documents", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let type: Type;

  beforeAll(async () => {
    fleet = await startFleet({ net, nodes: 4 });
    user = await fleetUser(fleet, { config: settings });
    type = await typist(fleet, user, net);
    for (const name of [".ssh", "templates"]) await mkdir(join(user.home, name));
    await cp(join(fleet.dir, "home/.ssh/id_ed25519.pub"), join(user.home, ".ssh/id_ed25519.pub"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(user.home, name), text);
    for (const name of ["ham0", "ham1"]) await fleet.node(name).enter(ownLog);
    await fleet.define("ham0", ["debian-original"]);
    await fleet.define("ham1", ["db"]);
    await fleet.off("ham3");
  });
  afterAll(async () => await fleet?.down());

  it("do what they say", { timeout: 1_800_000, retry: 0 }, async () => {
    const wrong: string[] = [];
    const perform = async (line: RunLine) => {
      const run = await type(line.text, line.answer);
      // `xargs -r` of an empty list does nothing, and that well
      const idle = line.text.includes("xargs") && run.stdout === "";
      if (run.code === line.code && !idle) return;
      if (idle) wrong.push(`${line.text}\n  did nothing`);
      else wrong.push(`${line.text}\n  exit ${run.code} instead of ${line.code}\n${run.stdout}${run.stderr}`);
    };
    const lines = listedLines().filter((line) => line.how === "run");
    while (lines.length > 0) {
      // a few at a time: sshd lets no more than ten log in at once
      const others = lines.findIndex((line) => !line.together);
      const looks = others < 0 ? lines.length : others;
      await Promise.all(lines.splice(0, Math.min(Math.max(looks, 1), 4)).map(perform));
    }
    expect(wrong.join("\n")).toBe("");
    await expectNothingLeft(fleet.nodes.filter(({ name }) => name !== "ham3"));
  });

  it("and the programs of docs/library.md as well", { timeout: 240_000 }, async () => {
    await mkdir(join(user.home, "node_modules"), { recursive: true });
    await rm(join(user.home, "node_modules/mclu"), { force: true });
    await symlink(fileURLToPath(new URL("../../", import.meta.url)), join(user.home, "node_modules/mclu"));
    const printed = [
      /^ham0: \d+ bytes free\nham1: \d+ bytes free\nham2: \d+ bytes free\n$/,
      /^4 no guest is named nobody/,
      /^ham1\/web1: already\nweb1: already \(already running\)\n$/,
      /^live: 0 bytes at most\nweb1: moved, on ham2\n$/,
      /^sleeper 67108864\n$/,
    ];
    await type("fleet define ham0 --template none --memory 64 --start sleeper");
    const examples = libraryExamples();
    expect(examples).toHaveLength(printed.length);
    for (const [index, code] of examples.entries()) {
      await writeFile(join(user.home, "example.mjs"), code);
      const run = await type(`'${process.execPath}' example.mjs`);
      expect([run.code, run.stdout], run.stderr).toEqual([0, expect.stringMatching(printed[index] ?? "")]);
    }
  });
});
