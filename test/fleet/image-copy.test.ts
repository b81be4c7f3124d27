import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const images = "/var/lib/libvirt/images";
/** Of the copies; that of the source has no node in its name. */
const diskOn = (node: string) => `${images}/tiny-original${node === "ham1" ? "" : `-${node}`}.qcow2`;

describe("image copy and export", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let checksum: string;
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  const sumOn = async (name: string) => (await fleet.node(name).enter(`sha256sum <${diskOn(name)}`)).slice(0, 64);
  /** What a copy that came to nothing may leave: none of it. */
  const left = (name: string) =>
    fleet
      .node(name)
      .enter(
        `ls -A ${images}; ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :; virsh -q list --all --name | sed '/^$/d'`,
      );
  /** Takes from root of a node what its ssh logs in with; who may log in there stays. */
  const lockOut = (name: string) => fleet.node(name).enter("rm -f /root/.ssh/id_* /root/.ssh/config");

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.163.0", nodes: 4, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
    await fleet.define("ham1", ["tiny-original"]);
    checksum = await sumOn("ham1");
  }, 60_000);
  afterAll(() => fleet?.down());

  it("has the node fetch the image where it may log in, and defines it there under ids of its own", async () => {
    const run = await mclu(["image", "copy", "tiny-original", "ham0", "-o", "json"]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(run.stderr).toMatch(/^note: ham0 fetches it from admin@\S+, 1\d(\.\d)?M at most$/m);
    const { results } = parseDocument(run.stdout) as unknown as { results: { outcome: string; uuid: string }[] };
    expect(results[0]?.outcome).toBe("copied");
    expect(await sumOn("ham0")).toBe(checksum);
    const uuids = await Promise.all(
      ["ham0", "ham1"].map((name) => fleet.node(name).enter("virsh -q domuuid tiny-original")),
    );
    expect(uuids[0]?.trim()).toBe(results[0]?.uuid);
    expect(uuids[0]).not.toBe(uuids[1]);
    expect((await mclu(["image", "list"])).stdout).toMatch(/^tiny-original +ham0\ntiny-original +ham1$/m);
  });

  it("refuses what is there already, what is no image, and an image that is a linked clone", async () => {
    await fleet.define("ham0", ["plain"]);
    await mclu(["clone", "ham0/plain", "linked-original", "--linked", "--as-is", "--no-start"]);
    const refusals = [
      [["tiny-original", "ham0"], "ham0 has tiny-original already"],
      [["ham0/plain", "ham2"], "ham0/plain is not an image"],
      [["linked-original", "ham2"], "is based on /var/lib/libvirt/images/plain.qcow2"],
    ] as const;
    for (const [argv, message] of refusals) {
      const run = await mclu(["image", "copy", ...argv]);
      expect([run.code, run.stdout]).toEqual([6, ""]);
      expect(run.stderr).toContain(message);
    }
    expect(await left("ham2")).toBe("");
  });

  it("lists images by name and host, and those that were marked until they are not, whatever node is off", async () => {
    const table = (...marked: string[]) =>
      [
        "NAME             HOST",
        "linked-original  ham0",
        ...marked.map((name) => `${name.padEnd(17)}ham0`),
        "tiny-original    ham0",
        "tiny-original    ham1\n",
      ].join("\n");
    expect(await mclu(["image", "mark", "plain"])).toMatchObject({
      code: 0,
      stdout: "ham0/plain: marked\n",
    });
    await fleet.off("ham3");
    expect(await mclu(["image", "list"])).toMatchObject({ code: 0, stdout: table("plain"), stderr: "off: ham3\n" });
    const names = "ham0/linked-original\nham0/plain\nham0/tiny-original\nham1/tiny-original\n";
    expect(await mclu(["image", "list", "-o", "name"])).toMatchObject({ code: 0, stdout: names });
    const { images: rows, nodes } = parseDocument<{ images: object[]; nodes: object[] }>(
      (await mclu(["image", "list", "-o", "json"])).stdout,
    );
    const uuid = (await fleet.node("ham0").enter("virsh -q domuuid plain")).trim();
    expect(rows).toHaveLength(4);
    expect(rows).toContainEqual({ name: "plain", host: "ham0", uuid, state: "shut off", disks: ["vda"], image: true });
    expect(nodes).toMatchObject([{ state: "on" }, { state: "on" }, { state: "on" }, { node: "ham3", state: "off" }]);
    await fleet.on("ham3");
    expect(await mclu(["image", "unmark", "plain"])).toMatchObject({ code: 0 });
    expect(await mclu(["image", "list"])).toMatchObject({ code: 0, stdout: table(), stderr: "" });
    expect(await fleet.node("ham0").enter("virsh dumpxml --inactive plain")).not.toContain("urn:mclu:image");
  });

  it.each([
    ["fills, with what describes it", "8M", "16M"],
    ["is longer than, for its guest", "100M", "16M"],
  ])("copies a qcow2 on a device whole, which it %s", async (_what, seen, length) => {
    const [ham0, ham2] = [fleet.node("ham0"), fleet.node("ham2")];
    const content = (at: string) => `qemu-img convert -f qcow2 -O raw ${at} /tmp/content && sha256sum </tmp/content`;
    await fleet.define("ham0", ["device-original"]);
    const device = (
      await ham0.enter(`truncate -s ${length} /var/tmp/device.img && losetup --find --show /var/tmp/device.img`)
    ).trim();
    try {
      // every byte written: the image is longer than what its guest sees
      await ham0.enter(`qemu-img create -q -f qcow2 ${device} ${seen} && qemu-io -c 'write -P 7 0 8M' ${device} >/dev/null
virsh dumpxml --inactive device-original |
  sed "s#<disk type='file'#<disk type='block'#; s#<source file='[^']*device-original[^']*'#<source dev='${device}'#" >/tmp/device.xml
virsh -q define /tmp/device.xml`);
      expect(await mclu(["image", "copy", "device-original", "ham2"])).toMatchObject({ code: 0 });
      const copy = `${images}/device-original-ham2.qcow2`;
      expect(await ham2.enter(`stat -c %s ${copy}`)).toBe(`${Number.parseInt(length, 10) * 1024 ** 2}\n`);
      expect(await ham2.enter(`qemu-img check -q ${copy} && ${content(copy)}`)).toBe(await ham0.enter(content(device)));
    } finally {
      await ham0.enter(`losetup -d ${device}; rm -f /var/tmp/device.img /tmp/content ${images}/device-original*
virsh -q undefine device-original`);
      await ham2.enter(`virsh -q undefine device-original; rm -f /tmp/content ${images}/device-original*`);
    }
  });

  it("takes a kernel along that is the same on both nodes, and no emulator of the source's", async () => {
    const ham0 = fleet.node("ham0");
    const forget = () =>
      Promise.all(
        ["ham0", "ham2"].map((name) =>
          fleet
            .node(name)
            .enter(`virsh -q undefine boots-original 2>/dev/null; rm -f /root/kernel ${images}/boots-original*`),
        ),
      );
    await forget();
    await fleet.define("ham0", ["boots-original"]);
    await ham0.enter(`echo kernel >/root/kernel; ln -sf /usr/bin/qemu-system-x86_64 /root/qemu
virsh dumpxml --inactive boots-original |
  sed 's#</os>#<kernel>/root/kernel</kernel></os>#; s#<emulator>.*</emulator>#<emulator>/root/qemu</emulator>#' >/tmp/boots.xml
virsh -q define /tmp/boots.xml`);
    const copy = ["image", "copy", "boots-original", "ham2"];
    const refused = await mclu(copy);
    expect([refused.code, refused.stderr]).toEqual([
      6,
      expect.stringMatching(/^error: ham2 has no \/root\/kernel, the kernel of ham0\/boots-original\n {2}scp -3 /m),
    ]);
    await fleet.node("ham2").enter("echo kernel >/root/kernel");
    expect(await mclu(copy)).toMatchObject({ code: 0 });
    const xml = await fleet.node("ham2").enter("virsh dumpxml boots-original");
    expect(xml).toContain("<kernel>/root/kernel</kernel>");
    expect(xml).toContain("<emulator>/usr/bin/qemu-system-x86_64</emulator>");
    await forget();
  });

  it("goes through this machine where the nodes cannot log in to each other, with a warning and the size", async () => {
    await lockOut("ham2");
    const run = await mclu(["image", "copy", "ham1/tiny-original", "ham2"]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(run.stderr).toMatch(
      /^warning: ham2 cannot log in to ham1: all goes through this machine, 1\d(\.\d)?M at most in/m,
    );
    expect(run.stderr).toContain("vda: comparing checksums");
    expect(await sumOn("ham2")).toBe(checksum);
  });

  it("goes on with a copy whose client was killed, when the same is typed again", { timeout: 300_000 }, async () => {
    await lockOut("ham3");
    const node = fleet.node("ham3");
    // random bytes: it takes some seconds, in which the client can be killed
    await fleet
      .node("ham1")
      .enter(`cd ${images}; dd if=/dev/urandom of=big.img bs=1M count=200 status=none; cat >/root/big.xml <<X
<domain type='qemu'><name>big-original</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${images}/big.img'/><target dev='vda' bus='virtio'/></disk>
</devices></domain>
X
virsh -q domid big-original >/dev/null 2>&1 || virsh -q define /root/big.xml`);
    const argv = ["image", "copy", "ham1/big-original", "ham3"];
    const begun = node.enter(
      `timeout 100 sh -c 'until [ -s ${images}/.big-original-ham3.mclu-*.part ]; do sleep 0.05; done'`,
    );
    begun.catch(() => undefined);
    expect(await mclu(argv, { signal: { name: "SIGKILL", when: begun } })).toMatchObject({ code: 137 });
    const run = await mclu(argv);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(run.stderr).toMatch(/the copy \S+ is gone on with/);
    expect(await node.enter(`sha256sum <${images}/big-original-ham3.img`)).toBe(
      await fleet.node("ham1").enter(`sha256sum <${images}/big.img`),
    );
    expect(await node.enter(`ls -A ${images}`)).toBe("big-original-ham3.img\n");
  });

  it("gives a node the image first where a clone is wanted on it", async () => {
    expect(await mclu(["delete", "-y", "ham0/tiny-original"])).toMatchObject({ code: 0 });
    const run = await mclu(["clone", "ham1/tiny-original", "web1", "--node", "ham0", "--as-is", "--no-start"]);
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(await fleet.node("ham0").enter("virsh -q list --all --name | sed '/^$/d' | sort")).toContain(
      "tiny-original\nweb1\n",
    );
  });

  it("exports to a file here that is not there yet, in the format of another hypervisor too", async () => {
    const before = await left("ham1");
    const directory = await mkdtemp(join(user.home, "export-"));
    const [raw, vmdk, qcow2] = [
      join(directory, "tiny.raw"),
      join(directory, "tiny.vmdk"),
      join(directory, "tiny.qcow2"),
    ];
    for (const file of [raw, vmdk, qcow2]) {
      const format = file === qcow2 ? [] : ["--format", extname(file).slice(1)];
      const run = await mclu(["image", "export", "ham1/tiny-original", ...format, file]);
      expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
    }
    for (const [format, file] of Object.entries({ vmdk, qcow2 })) {
      const { stdout } = await promisify(execFile)("qemu-img", ["compare", "-f", "raw", "-F", format, raw, file]);
      expect(stdout).toContain("Images are identical");
    }
    const content = await fleet
      .node("ham1")
      .enter(`qemu-img convert -O raw ${diskOn("ham1")} /root/raw; sha256sum </root/raw`);
    expect(
      createHash("sha256")
        .update(await readFile(raw))
        .digest("hex"),
    ).toBe(content.slice(0, 64));
    const taken = await mclu(["image", "export", "ham1/tiny-original", raw]);
    expect(taken.code).toBe(6);
    expect(taken.stderr).toContain("is there already");
    expect(await left("ham1")).toBe(before);
  });

  it("shows with --dry-run which way a copy goes, and copies nothing", async () => {
    await mclu(["delete", "-y", "ham2/tiny-original"]);
    const before = await left("ham2");
    const plan = await mclu(["image", "copy", "ham1/tiny-original", "ham2", "--dry-run", "-o", "json"]);
    expect(parseDocument(plan.stdout)).toMatchObject({
      kind: "image-copy-plan",
      direct: null,
      node: "ham2",
      resumes: null,
    });
    expect(await left("ham2")).toBe(before);
  });

  it.each([
    [
      "more of a node than it said it has",
      "{ cat; head -c 50000000 /dev/zero; }",
      /^error: \S+: \S+tiny-original\.qcow2: the source sends more than the \d+ bytes that it said$/m,
    ],
    [
      "what is not what the source has",
      "{ head -c 1 >/dev/null; printf X; cat; }",
      /^error: \S+: \S+tiny-original\S*\.qcow2: what arrived is not what the source has; it may have changed meanwhile$/m,
    ],
  ])("does not take %s, whichever way it comes, and leaves nothing of that", async (_what, forges, message) => {
    await lockOut("ham2");
    await mclu(["delete", "-y", "ham0/tiny-original"]);
    const before = [await left("ham0"), await left("ham2")];
    await wrapPrograms(fleet.node("ham1"), {
      gzip: `case $1 in -1) ${forges} | /usr/bin/gzip "$@" ;; *) exec /usr/bin/gzip "$@" ;; esac`,
    });
    for (const node of ["ham0", "ham2"]) {
      const run = await mclu(["image", "copy", "ham1/tiny-original", node]);
      expect([node, run.code]).toEqual([node, 1]);
      expect(run.stderr).toMatch(message);
    }
    expect([await left("ham0"), await left("ham2")]).toEqual(before);
    await unwrapPrograms(fleet.node("ham1"));
  });
});
