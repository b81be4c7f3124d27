import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { screenText } from "../support/screen.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { fill, makeRoom, small } from "./full-disk.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const images = "/var/lib/libvirt/images";
/** Bytes of the large image, which cannot be compressed, and how many of them the source sends in a second at most. */
const size = 80 * 1024 ** 2;
const pace = 4 * 1024 ** 2;

// read, unlike sysread, waits for as much: a pipe gives 64 KiB at a time
const throttle = `while (read STDIN, $b, 1 << 20) { for ($at = 0; $at < length $b;) { $at += syswrite STDOUT, $b, length($b) - $at, $at } select undef, undef, undef, ${2 ** 20 / pace} }`;

describe("copies of images that are cut off", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  const on = (name: string, script: string) => fleet.node(name).enter(script);
  const copy = (name: string) => ["image", "copy", "ham0/big-original", name];
  const left = (name: string) =>
    on(
      name,
      `ls -A ${images} | grep -v '^[.]fill' || :; ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :; virsh -q list --all --name`,
    );
  /** Bytes that the source has put on the wire, by its kernel. */
  const sent = async () => Number(await on("ham0", `awk '$1 == "eth0:" { print $10 }' /proc/net/dev`));
  /** Resolves when so much of the large image is on a node. */
  const arrived = (name: string, bytes: number) =>
    on(
      name,
      `timeout 200 sh -c 'until [ "$(stat -c %s ${images}/.big-original-${name}.mclu-*.part 2>/dev/null || echo 0)" -ge ${bytes} ]; do sleep 0.1; done'`,
    );
  const sumOn = async (name: string, file: string) => (await on(name, `sha256sum <${images}/${file}`)).slice(0, 64);
  /** All of it is there, nothing of it was sent twice but for what was on its way, and nobody holds the file any more. */
  const expectWhole = async (name: string, before: number) => {
    expect(await sumOn(name, `big-original-${name}.img`)).toBe(await sumOn("ham0", "big.img"));
    expect((await sent()) - before).toBeLessThan(1.3 * size);
    expect(await on(name, `ls -A ${images}`)).toBe(`big-original-${name}.img\n`);
    expect(await on(name, `find /proc/[0-9]*/fd/1 -maxdepth 0 -lname '*big-original*' 2>/dev/null || :`)).toBe("");
  };
  const forget = async (name: string) => {
    await on(name, `virsh -q undefine big-original 2>/dev/null; rm -f ${images}/*big-original*`);
  };

  afterEach(() => Promise.all(["ham1", "ham2"].map((name) => on(name, makeRoom))));
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.126.0", nodes: 3 });
    user = await fleetUser(fleet);
    await fleet.define("ham0", ["tiny-original"]);
    await on(
      "ham0",
      `dd if=/dev/urandom of=${images}/big.img bs=1M count=${size / 1024 ** 2} status=none; cat >/root/big.xml <<X
<domain type='qemu'><name>big-original</name><memory unit='MiB'>64</memory><os><type arch='x86_64'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='raw'/><source file='${images}/big.img'/><target dev='vda' bus='virtio'/></disk>
</devices></domain>
X
virsh -q define /root/big.xml`,
    );
    await wrapPrograms(fleet.node("ham0"), {
      gzip: `[ "$1" = -1 ] || exec /usr/bin/gzip "$@"\n/usr/bin/gzip -1 | perl -e '${throttle}'`,
    });
    // root there cannot log in to the others
    await on("ham2", "rm -f /root/.ssh/id_* /root/.ssh/config");
  }, 60_000);
  afterAll(() => fleet?.down());

  it.each([
    ["ham1", "fetches it"],
    ["ham2", "is sent it through this machine"],
  ])(
    "leaves nothing on %s, which %s, where its disk runs full, and copies it when there is room",
    { timeout: 300_000 },
    async (name) => {
      await on(name, small(images, 40 * 1024));
      const before = await left(name);
      await wrapPrograms(fleet.node(name), {
        dd: `case $* in *iflag=fullblock*) ${fill(images)} ;; esac\nexec /usr/bin/dd "$@"`,
      });
      const run = await mclu(["image", "copy", "ham0/tiny-original", name]);
      expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(`less than 4096 KiB free in ${images}`)]);
      expect(await left(name)).toBe(before);
      await unwrapPrograms(fleet.node(name));
      await on(name, makeRoom);
      expect(await mclu(["image", "copy", "ham0/tiny-original", name])).toMatchObject({ code: 0 });
      expect(await mclu(["delete", "-y", `${name}/tiny-original`])).toMatchObject({ code: 0 });
    },
  );

  it("go on where they were when their client was killed, and show how far they are, in a pipe and on a terminal", {
    timeout: 400_000,
  }, async () => {
    await forget("ham2");
    const before = await sent();
    const half = arrived("ham2", size / 2);
    half.catch(() => undefined);
    const first = await mclu(copy("ham2"), { signal: { name: "SIGKILL", when: half } });
    expect([first.code, first.stderr]).toEqual([137, expect.stringMatching(/^ham2\/big-original: vda: \d+ %$/m)]);
    // a disk that came to the image meanwhile is not in the copy that waits
    const more = `${images}/more.img`;
    await on("ham0", `truncate -s 1M ${more}; virsh -q attach-disk big-original ${more} vdb --config`);
    const other = await mclu(copy("ham2"));
    expect([other.code, other.stderr]).toEqual([
      6,
      expect.stringMatching(
        /^error: the disks of ham0\/big-original are not those any more that the copy (\S+) on ham2 began with\n {2}mclu jobs cancel \1, and copy it again$/m,
      ),
    ]);
    await on("ham0", `virsh -q detach-disk big-original vdb --config; rm ${more}`);
    const second = await mclu(copy("ham2"), { pty: { columns: 100, rows: 24 } });
    expect([second.code, second.stdout]).toEqual([0, expect.stringMatching(/the copy \S+ is gone on with/)]);
    expect(second.stdout).toMatch(/ham2\/big-original: receive vda \d+s {2}vda: [5-9]\d %/);
    const screen = screenText(second.stdout, 100, 24);
    expect(screen).toMatch(/big-original +ham2 +copied/);
    expect(screen).not.toContain("receive vda");
    await expectWhole("ham2", before);
  });

  it("that one client brings go on when Ctrl-C ends another that follows, which takes over where the first is gone", {
    timeout: 400_000,
  }, async () => {
    await forget("ham2");
    const before = await sent();
    // between the two there are 13 s for two others to begin with following it
    const [begun, most] = [arrived("ham2", size / 16), arrived("ham2", (3 * size) / 4)];
    begun.catch(() => undefined);
    const first = mclu(copy("ham2"), { signal: { name: "SIGKILL", when: most } });
    await begun;
    const left = await mclu(copy("ham2"), {
      signal: { name: "SIGINT", when: /another client brings the files; / },
    });
    expect([left.code, left.stdout]).toEqual([130, expect.stringMatching(/^big-original +ham2 +copying /m)]);
    expect(left.stderr).toMatch(/^ham2\/big-original: another client brings the files; /m);
    expect(left.stderr).toMatch(
      /^warning: ham2\/big-original: interrupted; the job (\S+) goes on without this client, which did not start it\n {2}try: mclu jobs follow \1, or to end it: mclu jobs cancel \1$/m,
    );
    const follower = mclu(copy("ham2"));
    expect(await first).toMatchObject({ code: 137 });
    expect(await follower).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("another client brings the files; "),
    });
    await expectWhole("ham2", before);
  });

  it("go on from node to node without their client, and where the connection between those was lost", {
    timeout: 400_000,
  }, async () => {
    await forget("ham1");
    const before = await sent();
    const half = arrived("ham1", size / 2);
    half.catch(() => undefined);
    const first = await mclu(copy("ham1"), { signal: { name: "SIGKILL", when: half } });
    expect([first.code, first.stderr]).toEqual([137, expect.stringMatching(/^ham1\/big-original: vda: \d+ %$/m)]);
    await on("ham0", "pkill -KILL -f '[s]shd: root@notty'");
    const second = await mclu(copy("ham1"));
    expect([second.code, second.stderr]).toEqual([0, expect.stringMatching(/the copy \S+ is gone on with/)]);
    expect(second.stderr).toContain("the connection to the source was lost: trying again\n");
    await expectWhole("ham1", before);
  });

  it("end where their target is not reached for long, say how to go on, and then go on", {
    timeout: 400_000,
  }, async () => {
    await forget("ham2");
    const before = await sent();
    const cut = arrived("ham2", size / 4).then(() => fleet.fault("ham2", "unplugged"));
    cut.catch(() => undefined);
    const lost = await mclu(copy("ham2"));
    await cut;
    expect([lost.code, lost.stdout]).toEqual([5, expect.stringMatching(/^big-original +ham2 +unknown /m)]);
    expect(lost.stderr).toMatch(
      /^ {2}try: once it answers, within 15 minutes, to go on where it was: mclu image copy ham0\/big-original ham2$/m,
    );
    expect(await on("ham2", `cd ${images}; ls -A; virsh -q list --all --name`)).toMatch(
      /^\.big-original-ham2\.mclu-\S+\.part\n\s*$/,
    );
    await fleet.heal("ham2");
    expect(await mclu(copy("ham2"))).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/the copy \S+ is gone on with/),
    });
    await expectWhole("ham2", before);
    const history = await mclu(["history", "-o", "json"]);
    const copies = parseDocument<{ entries: { command: string; outcome: string; uuid: string }[] }>(
      history.stdout,
    ).entries;
    const uuid = (await on("ham2", "virsh -q domuuid big-original")).trim();
    expect(copies.filter(({ command }) => command === "image copy").at(-1)).toMatchObject({ outcome: "copied", uuid });
  });

  it("leave nothing here where there is no room for what is exported", async () => {
    const directory = await mkdtemp(join(user.home, "export-"));
    const file = join(directory, "tiny.qcow2");
    const before = await left("ham0");
    // a small disk that nobody but this run sees
    const script = `mount -t tmpfs -o size=8M tmpfs "$0" && { "$@"; code=$?; ls -A "$0" >"$0.left"; exit $code; }`;
    const argv = ["image", "export", "ham0/tiny-original", file];
    const run = await mclu(argv, { under: ["unshare", "--mount", "sh", "-c", script, directory] });
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(`${file} cannot be written: ENOSPC`)]);
    expect(await readFile(`${directory}.left`, "utf8")).toBe("");
    expect(await left("ham0")).toBe(before);
    expect(await mclu(argv)).toMatchObject({ code: 0 });
    expect(await readdir(directory)).toEqual(["tiny.qcow2"]);
  });
});
