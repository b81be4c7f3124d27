import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { recordVirsh, virshCalls } from "./virsh-calls.ts";

/** All that libvirt takes, and somebody may have typed: it refuses slashes, newlines and what XML cannot hold, such as ESC. */
const names = [
  "web server (old)",
  " leading",
  "trailing ",
  `it's "quoted" \\ back`,
  "$(touch pwn-1)",
  "`touch pwn-2`; touch pwn-3 & touch pwn-4 | cat > pwn-5 < $IFS",
  "'; touch pwn-6; '",
  '"; touch pwn-7; "',
  "*",
  "[a-z]?",
  "HAM0:x",
  "ham0:first",
  ":",
  "-dash",
  "--help",
  "#comment",
  "!history",
  "%s%n",
  "a=b",
  "~root",
  "{a,b}",
  "NAME",
  "1",
  "007",
  "00000000-0000-4000-8000-00000000000a",
  "x\u202etxt.exe",
  "tab\there",
  "cr\rhere",
  "c1\u009b31mred",
  "nbsp\u00a0\u200bzero",
  "e\u0301 \u{1f600}",
  // libvirt names a file after the guest: 82 are the most that it can hold. The test driver's 200 are in test/commands
  "仮".repeat(82),
  "w".repeat(200),
  "domain: 'x'",
  "Domain: 'y'",
  "mclu-000000000000000000000000 end",
];

const uuidOf = (index: number) => `00000000-0000-4000-8000-${(index + 10).toString(16).padStart(12, "0")}`;
const diskOf = (index: number) => `/var/lib/libvirt/images/disk-${index}.qcow2`;
const define = (name: string, index: number) => `
qemu-img create -q -f qcow2 ${diskOf(index)} 1M
cat >/tmp/guest.xml <<'X'
<domain type="qemu"><name>${escapeXml(name)}</name><uuid>${uuidOf(index)}</uuid><memory unit="MiB">64</memory><os><type>hvm</type></os>
<devices><disk type="file" device="disk"><driver name="qemu" type="qcow2"/><source file="${diskOf(index)}"/><target dev="vda" bus="virtio"/></disk>
<disk type="file" device="cdrom"><target dev="hda" bus="ide"/><readonly/></disk></devices></domain>
X
/usr/bin/virsh -q -c qemu:///system define /tmp/guest.xml`;
/** Whatever it is called by now. */
const undefine = (index: number) =>
  `/usr/bin/virsh -q destroy ${uuidOf(index)}; /usr/bin/virsh -q undefine ${uuidOf(index)} --snapshots-metadata; rm -f ${diskOf(index)}`;

interface Row {
  readonly name: string;
  readonly node: string;
  readonly uuid: string;
  readonly state: string;
}

describe("guests with names of every kind", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let first: FleetGuest | undefined;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.106.0", nodes: 2, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
    await fleet.node("ham1").enter(`set -e\n${names.map(define).join("")}`);
    await recordVirsh(fleet.node("ham1"));
    // libvirt's id 1, on a node that never ran a guest, beside a guest of that name
    [first] = await fleet.define("ham0", ["first"], { template: "none", memory: 64, start: true });
    await fleet.define("ham0", ["1"], { template: "none", memory: 64, uuid: uuidOf(4095) });
  });
  afterAll(() => fleet?.down());

  // where a name that was taken for a command would have left its mark
  const ask = (...argv: string[]) => user.mclu(argv, { cwd: user.home });

  it("lists them in JSON exactly as they were defined, each with its own UUID", async () => {
    const { code, stdout, stderr } = await ask("list", "-o", "json", "ham1");
    expect([code, stderr]).toEqual([0, ""]);
    const { guests } = JSON.parse(stdout) as { guests: Row[] };
    const found = new Map(guests.map(({ name, uuid }) => [name, uuid]));
    expect(found).toEqual(new Map(names.map((name, index) => [name, uuidOf(index)])));
    expect(new Set(guests.map(({ node, state }) => `${node} ${state}`))).toEqual(new Set(["ham1 shut off"]));
  });

  it("shows one line for each, without a control or bidi character", async () => {
    for (const format of ["text", "csv", "name"]) {
      const { stdout } = await ask("list", "-o", format, "ham1");
      expect(stdout).not.toMatch(/[^\P{C}\n]/u);
      expect(stdout.trimEnd().split("\n")).toHaveLength(names.length + (format === "name" ? 0 : 1));
    }
    const { stdout } = await ask("list", "-o", "name", "ham1");
    for (const shown of [
      "x\\u202etxt.exe",
      "tab\\x09here",
      "cr\\x0dhere",
      "c1\\x9b31mred",
      " leading",
      "trailing ",
      "HAM0:x",
    ])
      expect(stdout).toContain(`ham1/${shown}\n`);
  });

  it("finds each by its name, and asks libvirt for that very guest", { timeout: 240_000 }, async () => {
    const wrong: string[] = [];
    for (const [index, name] of names.entries()) {
      // one of them is named with another's UUID: that text alone is refused
      if (name === uuidOf(0)) expect(await ask("xml", `ham1/${name}`)).toMatchObject({ code: 4, stdout: "" });
      const { code, stdout, stderr } = await ask("xml", `ham1/${name === uuidOf(0) ? uuidOf(index) : name}`);
      if (code !== 0 || !stdout.includes(`<uuid>${uuidOf(index)}</uuid>`)) wrong.push(`${name}: ${code} ${stderr}`);
    }
    expect(wrong).toEqual([]);
  });

  it("does not take a name for an option, a glob, or a node", async () => {
    const uuid = async (...argv: string[]) => /<uuid>(.*)<\/uuid>/.exec((await ask("xml", ...argv)).stdout)?.[1];
    expect(await uuid("--", "--help")).toBe(uuidOf(names.indexOf("--help")));
    expect(await uuid("--", "-dash")).toBe(uuidOf(names.indexOf("-dash")));
    expect(await uuid("*")).toBe(uuidOf(names.indexOf("*")));
    expect(await uuid("HAM0:x")).toBe(uuidOf(names.indexOf("HAM0:x")));
    expect(await uuid("ham0:first")).toBe(uuidOf(names.indexOf("ham0:first")));
  });

  it("takes 1 for the guest of that name and not for the one with the id 1", async () => {
    const { enter } = fleet.node("ham0");
    expect((await enter("virsh -q -c qemu:///system domid first")).trim()).toBe("1");
    const info = await ask("info", "-o", "json", "ham0/1");
    expect(info.stdout).toContain(uuidOf(4095));
    expect(info.stdout).not.toContain(first?.uuid);
    const xml = await ask("xml", "ham0/1");
    expect(xml.stdout).toContain(`<uuid>${uuidOf(4095)}</uuid>`);
    const { stdout } = await ask("list", "--columns", "name,state", "--no-header", "ham0");
    expect(stdout).toBe("1      shut off\nfirst  running\n");
  });

  it("gives virsh UUIDs, and no name but in what makes one", { timeout: 600_000 }, async () => {
    const node = fleet.node("ham1");
    const before = (await virshCalls(node)).length;
    const odd = ["web server (old)", "*", "-dash", `it's "quoted" \\ back`, "$(touch pwn-1)", "1", "x\u202etxt.exe"];
    const place = (name: string) => names.indexOf(name);
    // what an earlier try left
    await node.enter(`{ ${odd.map((name) => undefine(place(name))).join("; ")}; } 2>/dev/null\nset -e
${odd.map((name) => define(name, place(name))).join("")}`);
    const number = `--yes-all=${odd.length}`;
    const all = ["--node", "ham1", "--"];
    const [kept, renamed] = [odd.slice(0, 4), odd.slice(4)];
    const newName = (name: string) => `odd & new ${renamed.indexOf(name)}`;
    const steps: readonly (readonly string[])[] = [
      ["list", "ham1", "--wide"],
      // one is named with another's UUID
      ["info", ...all, ...names.filter((name) => name !== uuidOf(0))],
      ["ip", ...all, ...odd],
      ["dump", `${user.home}/dump-${before}`],
      ["set", ...all, ...odd, "vcpus=2", "boot=cdrom", "description=odd"],
      ["protect", ...all, ...odd],
      ["unprotect", ...all, ...odd],
      ["start", ...all, ...odd],
      ["pause", ...all, ...odd],
      ["resume", ...all, ...odd],
      ["stop", "--force", "--timeout", "1", ...all, ...odd],
      ...renamed.flatMap((name) => [
        ["snapshot", "create", "--", `ham1/${name}`, "first"],
        ["snapshot", "revert", "-y", "--", `ham1/${name}`, "first"],
        ["snapshot", "delete", "-y", "--", `ham1/${name}`, "first"],
        ["rename", "--", `ham1/${name}`, newName(name)],
      ]),
      ["delete", number, "--", ...[...kept, ...renamed.map(newName)].map((name) => `ham1/${name}`)],
    ];
    const wrong: string[] = [];
    for (const argv of steps) {
      const { code, stderr } = await ask(...argv);
      if (code !== 0) wrong.push(`${argv.join(" ")}: ${code} ${stderr}`);
    }
    expect(wrong.join("\n")).toBe("");
    const calls = await virshCalls(node);
    const called = (verb: string) => calls.slice(before).filter(({ argv }) => argv.includes(verb));
    for (const verb of ["start", "suspend", "undefine", "snapshot-create-as", "snapshot-revert"])
      expect([verb, called(verb).length > 0]).toEqual([verb, true]);
    // the two that have to give a name: rename the new one, and a definition that of its guest
    expect(called("domrename").map(({ argv }) => argv.slice(argv.indexOf("domrename") + 1))).toEqual(
      renamed.map((name) => ["--domain", uuidOf(place(name)), "--new-name", newName(name)]),
    );
    const defined = called("define").map(({ input }) => /<name>(.*)<\/name>/.exec(input)?.[1]);
    expect(defined).toHaveLength(odd.length);
    const others = calls.filter(({ argv }) => !argv.includes("define") && !argv.includes("domrename"));
    const given = others.flatMap(({ argv, input }) => [...argv, input]);
    expect(given.length).toBeGreaterThan(200);
    const [words, text] = [new Set(given.flatMap((one) => [one, ...one.split(/[\s;'"]+/)])), given.join("\n")];
    // a name of few letters may be in a UUID or an option by chance: as a word it is not
    const reached = [...names, ...renamed.map(newName)].filter(
      (name) => name !== uuidOf(0) && (words.has(name) || (name.length > 4 && text.includes(name))),
    );
    expect(reached).toEqual([]);
  });

  it("ran none of them, here or there", async () => {
    const seen = await Promise.all(
      fleet.nodes.map(({ enter }) => enter("ls -A / /root /home/* /tmp /var/tmp; ps -eo args")),
    );
    expect(seen.join("")).not.toContain("pwn-");
    expect(
      [...readdirSync(user.home), ...readdirSync("/"), ...readdirSync(".")].filter((name) => name.startsWith("pwn")),
    ).toEqual([]);
  });
});

function escapeXml(text: string): string {
  return text.replace(/[^a-zA-Z0-9 ]/gu, (character) => `&#${character.codePointAt(0)};`);
}
