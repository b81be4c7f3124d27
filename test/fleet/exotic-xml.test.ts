import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import pMap from "p-map";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import type { BuiltResult } from "../support/run-built.ts";
import {
  aside,
  defineExotic,
  exoticGuests,
  expectDefinitionsKept,
  images,
  missingLines,
  readDefinitions,
  virsh,
} from "./exotic-guests.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const names = Object.keys(exoticGuests);
const sound = names.filter((name) => exoticGuests[name]?.neverStarts !== true);
/** The content of the disk of another guest: qemu starts only one of the two. */
const rival = "content of it";
/** Those whose devices are changed one by one. */
const changed = ["block $(lun)", "empty drives", "passed through", "many cards", "disk details"];
/** What a drive, a controller and their places add to a definition. */
const ofDrives =
  /controller|<address|device='cdrom'|<driver name='qemu' type='raw'\/>|<target dev='(?:sd|hd)\w' bus=|<readonly\/>|<\/disk>|<metadata\/>|<target chassis=|<model name='pcie/;

const refusals: readonly (readonly [string, readonly string[], string])[] = [
  ["clone", ["block $(lun)", "new"], "is missing: /dev/disk/by-id/none"],
  ["clone", ["far 'away'", "new"], "is of type network"],
  ["clone", ["encrypted", "new"], "is encrypted by libvirt"],
  ["migrate", ["block $(lun)", "ham1"], "is a block device of its node"],
  ["migrate", ["passed through", "ham1"], "has devices of ham0"],
  ["migrate", ["data file", "ham1"], `lies in ${images}/data.raw`],
  ["migrate", ["content of it", "ham1"], "ham0/data file"],
  ["image export", ["bare", "/nowhere/x"], "has no disk of its own"],
  ["disk grow", ["content of it", "vda", "2M"], "based on vda would be ruined: ham0/data file"],
  ["disk grow", ["12", "vda", "2M"], "vda is read-only"],
  ["disk add", ["bare", "--source", `${images}/data.qcow2`], "ham0/data file has"],
  ["snapshot create", ["disk details", "s"], "its XML says snapshot='external' of hdb"],
  ["snapshot create", ["data file", "s"], `the content of vda lies in ${images}/data.raw, which no snapshot keeps`],
  ["snapshot create", ["far nvram", "s"], "it has no disk"],
  ["set", ["tuned", "vcpus=9"], "topology"],
];

interface Planned {
  readonly targets: readonly {
    readonly name: string;
    readonly verdict: string;
    readonly files?: readonly { readonly path: string | null; readonly fate: string }[];
  }[];
}

describe("every command on guests whose XML somebody wrote by hand", { timeout: 300_000 }, () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (script: string) => fleet.node("ham0").enter(script);
  const definitions = () => readDefinitions(fleet.node("ham0"));
  /** Runs a command that may refuse, in words. */
  const mclu = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<BuiltResult> => {
    const run = await user.mclu(argv, { env });
    const what = `${argv.join(" ")}\n${run.stderr}`;
    expect([0, 1, 3, 6], what).toContain(run.code);
    expect(run.stdout + run.stderr, what).not.toMatch(/^ +at \S+ \(|\[object |TypeError|geheim/m);
    if (run.code !== 0) expect(`${run.stderr}${run.stdout}`, what).toMatch(/^error: \S| refused: \S/m);
    return run;
  };
  const done = async (...argv: string[]): Promise<BuiltResult> => {
    const run = await mclu(argv);
    expect([run.code, run.stderr], argv.join(" ")).toEqual([0, expect.not.stringContaining("error:")]);
    return run;
  };
  const all = (verb: readonly string[], ...rest: string[]) =>
    done(...verb, ...names, ...rest, `--yes-all=${names.length}`);
  const expectKept = (before: ReadonlyMap<string, readonly string[]>, gone?: RegExp, came?: RegExp) =>
    expectDefinitionsKept(fleet.node("ham0"), before, gone, came);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.226.0", nodes: 2 });
    user = await fleetUser(fleet);
  });
  afterAll(async () => await fleet?.down());
  /** Makes all of them anew. */
  const define = async () => {
    await on(defineExotic);
    return definitions();
  };

  it("shows them whole", async () => {
    const before = await define();
    expect([...before.keys()].sort()).toEqual([...names].sort());
    const { guests } = parseDocument<{ guests: { name: string; problem: string | null; cpuTime: number | null }[] }>(
      (await done("info", "-o", "json", ...names)).stdout,
    );
    expect(guests.filter(({ problem, cpuTime }) => problem !== null || cpuTime !== null)).toEqual([]);
    for (const line of ["list --wide", "ip", "image list --all", "inventory", "ssh-config", "place", "status --wide"])
      await done(...line.split(" "));
    for (const argv of [["info"], ["disk", "list"], ["nic", "list"], ["snapshot", "list"]])
      await done(...argv, ...names);
    const directory = join(await mkdtemp(join(user.home, "dump-")), "all");
    await done("dump", directory);
    const dumped = (await readdir(join(directory, "ham0"))).filter((file) => file.endsWith(".xml"));
    expect(dumped.map((file) => decodeURIComponent(file.slice(0, -4))).sort()).toEqual([...names].sort());
    const [text = ""] = await Promise.all([readFile(join(directory, "ham0", "odd%20text.xml"), "utf8")]);
    expect(missingLines(before.get("odd text") ?? ["none"], text.split("\n"))).toEqual([]);
    expect((await done("xml", "x command line")).stdout).toContain("value='$(touch /tmp/x) &quot;q&quot;'");
    expect((await mclu(["viewer", "--no-open", "no listener"])).stderr).toContain("it is shut off");
  });

  it("marks and sets them, and keeps what is foreign", async () => {
    const before = await define();
    for (const [there, back] of [
      [["protect"], ["unprotect"]],
      [
        ["image", "mark"],
        ["image", "unmark"],
      ],
    ] as const) {
      await all(there);
      await all(back);
    }
    const others = names.filter((name) => name !== rival);
    for (const flags of [[], ["--off"]]) await done("autostart", ...flags, ...others, `--yes-all=${others.length}`);
    const base = await mclu(["autostart", rival]);
    expect([base.code, base.stderr]).toEqual([6, expect.stringContaining("must not change: ham0/data file")]);
    await expectKept(before, /$^/, /^ {2}<metadata\/>$/);
    await all(["set"], "description=a 'b' <c> $(d)");
    const set = await mclu(["set", ...names, "vcpus=1", "memory=48M", `--yes-all=${names.length - 1}`]);
    expect([set.code, set.stderr]).toEqual([6, expect.stringContaining("its memory is divided among NUMA cells")]);
    const undivided = names.filter((name) => name !== "memory slots");
    await done("set", ...undivided, "vcpus=2", "memory=48M", `--yes-all=${undivided.length}`);
    const settings = /<description>|^lines &amp; &apos;more&apos;|<metadata\/>|<memory unit|<currentMemory unit|<vcpu /;
    await expectKept(before, settings);
  });

  it("changes their devices and names, and keeps what is foreign", async () => {
    const before = await define();
    const mac = (index: number) => `52:54:00:aa:00:0${index}`;
    await pMap(
      changed.map((name, index) => ({ name, card: mac(index) })),
      async ({ name, card }) => {
        await done("nic", "add", name, "default", "--mac", card);
        await done("nic", "set", name, card, "link=down", "model=e1000");
        await done("nic", "remove", name, card);
        await done("iso", "attach", name, `${images}/a.iso`);
        await done("iso", "eject", name);
        const added = /: added (\w+)$/m.exec((await done("disk", "add", name, "1M")).stdout)?.[1] ?? "";
        await done("disk", "remove", "--delete", "-y", name, added);
        await done("rename", "--", name, `-${name}`);
        await done("rename", "--", `-${name}`, name);
        const editor = "sed -i 's|<on_crash>.*<|<on_crash>coredump-restart<|'";
        const edited = await mclu(["edit", name], { EDITOR: editor, TMPDIR: user.home });
        expect([edited.code, edited.stderr]).toEqual([0, expect.not.stringContaining("error:")]);
      },
      { concurrency: 3 },
    );
    await expectKept(before, /<on_crash>/, new RegExp(`<on_crash>|${ofDrives.source}`));
    expect(await on(`cd ${images} && ls -x -w 0`)).toMatch(
      /^a\.iso +data\.qcow2 +data\.raw +lower\.qcow2 +luks\.img +overlay\.qcow2 +volume\.qcow2\n$/,
    );
  });

  it("starts what can run, says of each other why not, and leaves no trace of either", async () => {
    const before = await define();
    const started = await mclu(["start", ...names.filter((name) => name !== rival)]);
    expect(started.stdout.match(/: started$/gm)).toHaveLength(sound.length);
    for (const name of names.filter((one) => one !== rival && !sound.includes(one)))
      expect(started.stderr).toContain(`error: ham0/${name}: `);
    // it would write into what a disk of `data file` is made of
    expect((await mclu(["start", rival])).stderr).toContain(
      "based on its disks, which must not change: ham0/data file",
    );
    const seen = parseDocument<{ guests: { state: string }[] }>(
      (await done("top", "-o", "json", "ham0")).stdout,
    ).guests;
    expect([seen.length, seen.filter(({ state }) => state === "running").length]).toEqual([names.length, sound.length]);
    for (const [verb, past] of [
      ["pause", "paused"],
      ["resume", "resumed"],
      ["reset", "reset"],
    ] as const)
      expect(
        (await done(verb, ...sound, `--yes-all=${sound.length}`)).stdout.match(new RegExp(`: ${past}$`, "gm")),
      ).toHaveLength(sound.length);
    expect((await mclu(["viewer", "--no-open", "no listener"])).stderr).toContain("has no screen");
    expect((await done("logs", "consoles")).stdout).toContain("qemu");
    await done("set", ...sound, "description=now", `--yes-all=${sound.length}`);
    await done("stop", "--force", "--timeout", "1", ...sound, `--yes-all=${sound.length}`);
    await expectKept(before, /<description>|^lines &amp; &apos;more&apos;/);
  });

  it("refuses what would lose data or cannot be, and says why", async () => {
    const before = await define();
    await pMap(
      refusals,
      async ([verb, operands, why]) => {
        const run = await mclu([...verb.split(" "), ...operands, "--dry-run"]);
        const what = `${verb} ${operands.join(" ")}`;
        expect([what, run.code, run.stdout + run.stderr]).toEqual([what, 6, expect.stringContaining(why)]);
      },
      { concurrency: 3 },
    );
    await expectKept(before);
  });

  it("deletes them with their own disks alone", async () => {
    await define();
    await on(`cd ${images} && truncate -s 1M fleeting.img && cat >${aside}/fleeting <<'END'
<domain type='qemu'><name>fleeting</name><memory unit='MiB'>32</memory><os><type>hvm</type></os><devices>
<disk type='file'><source file='${images}/fleeting.img'/><target dev='vda'/></disk></devices></domain>
END
${virsh} "start bare; managedsave bare; create ${aside}/fleeting" >/dev/null; rm ${aside}/fleeting`);
    const doomed = [...names, "fleeting"];
    const argv = ["delete", "--force", `--yes-all=${doomed.length}`, ...doomed];
    const plan = parseDocument<Planned>((await done(...argv, "--dry-run", "-o", "json")).stdout);
    const kept = plan.targets.flatMap(({ name, files = [] }) =>
      files.flatMap(({ path, fate }) => (fate === "keep" ? [`${name}: ${path}`] : [])),
    );
    expect(kept.sort()).toEqual([
      `12: ${aside}/both.img`,
      "block $(lun): /dev/disk/by-id/none",
      `block $(lun): ${aside}/block`,
      `content of it: ${images}/data.raw`,
      `data file: ${images}/data.raw`,
      "disk details: /srv",
      `disk details: ${images}/lower.qcow2`,
      "empty drives: http:/a&b.iso",
      "far 'away': gluster:v/i",
      "far 'away': iscsi:iqn.2013-07.com.example:pool/1",
      "far 'away': nbd:",
      "far 'away': nbd:x",
      "far 'away': rbd:pool/image",
    ]);
    const run = await done(...argv);
    expect(run.stdout.match(/: deleted$/gm)).toHaveLength(doomed.length);
    const left = await on(`${virsh} list --all --name; find ${images} ${aside} -type f -o -type b | sort`);
    expect(left.trim().split("\n")).toEqual([
      `${aside}/block`,
      `${aside}/both.img`,
      `${images}/a.iso`,
      `${images}/data.raw`,
      `${images}/lower.qcow2`,
    ]);
    await expectNothingLeft(fleet.nodes);
  });
});
