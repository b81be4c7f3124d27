import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { diskOf, forgetGuests, images, resultOf, virsh, whereIs } from "./moving.ts";
import { makeUefi, mark, nvrams, states } from "./uefi-guest.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const uuid = "11111111-2222-4333-8444-0000000ff001";
const vars = `${nvrams}/sealed_VARS.fd`;
const secrets = `${states}/${uuid}/tpm2/tpm2-00.permall`;

describe("a guest that is off, and has more than disks", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  /** Everything that a guest leaves on a node, and the pools there. */
  const left = async (node: string) =>
    (
      await on(
        node,
        `find ${nvrams} ${states} ${images} -mindepth 1 ! -name '.*' 2>/dev/null || :; ${virsh} pool-list --all --name`,
      )
    )
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const bare = ["default"];
  /** Content, owner and mode of what has to be the same on the other node. */
  const look = (node: string) =>
    on(
      node,
      `sha256sum ${diskOf("sealed")} ${vars} ${secrets}; stat -c '%n %a %U %G' ${vars} ${secrets} ${states}/${uuid} ${states}/${uuid}/tpm2`,
    );
  /** Has the source stand still in the middle of the copy; what waits for that. */
  const stall = async (seconds: number) => {
    await wrapPrograms(fleet.node("ham0"), {
      virsh: `case "$*" in *vol-upload*permall*) : >/root/stalled; sleep ${seconds} ;; esac
exec /usr/bin/virsh "$@"`,
    });
    await on("ham0", "rm -f /root/stalled");
    return () => on("ham0", "timeout 200 sh -c 'until [ -e /root/stalled ]; do sleep 0.2; done'").catch(() => "");
  };

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.121.0", nodes: 2, kinds: { ham1: "dynamic" } });
    user = await fleetUser(fleet);
  }, 60_000);
  // made anew only where a test did not leave it as it was
  beforeEach(async () => {
    const seen = await whereIs(fleet, uuid);
    if (seen.ham0 === "shut off" && Object.keys(seen).length === 1) return;
    for (const node of ["ham0", "ham1"]) await on(node, `${forgetGuests}; rm -rf ${nvrams}/* ${states}/${uuid}`);
    await on("ham0", makeUefi({ name: "sealed", uuid, disk: diskOf("sealed") }));
  }, 60_000);
  afterAll(() => fleet?.down());

  it("stays whole when its move is interrupted half-way, and the target has nothing of it", {
    timeout: 300_000,
  }, async () => {
    const before = await look("ham0");
    const stalled = await stall(100);
    const run = await mclu(["migrate", "sealed", "ham1", "-o", "json"], {
      signal: { name: "SIGINT", when: stalled() },
    });
    await unwrapPrograms(fleet.node("ham0"));
    expect([run.code, resultOf(run.stdout)]).toMatchObject([130, { outcome: "stayed", state: "shut off", hint: null }]);
    expect((await left("ham1")).filter((path) => path !== states)).toEqual(bare);
    expect([await look("ham0"), await whereIs(fleet, uuid)]).toEqual([before, { ham0: "shut off" }]);
  });

  it("stays when the target is switched off half-way; --cleanup removes what that left", {
    timeout: 300_000,
  }, async () => {
    const before = await look("ham0");
    const stalled = await stall(15);
    const off = stalled().then(() => fleet.off("ham1"));
    off.catch(() => undefined);
    const run = await mclu(["migrate", "sealed", "ham1", "-o", "json"]);
    await off;
    await unwrapPrograms(fleet.node("ham0"));
    await fleet.on("ham1");
    // nobody can say of a guest that is off whether the silent node has it
    expect([run.code, resultOf(run.stdout)]).toMatchObject([
      5,
      { outcome: "unknown", hint: "once both answer: mclu migrate --cleanup ham0/sealed ham1" },
    ]);
    expect(await left("ham1")).toEqual(expect.arrayContaining([vars, diskOf("sealed"), `${states}/${uuid}`]));
    const cleaned = await mclu(["migrate", "--cleanup", "ham0/sealed", "ham1", "-o", "json"]);
    expect([cleaned.code, resultOf(cleaned.stdout)]).toMatchObject([0, { outcome: "stayed", state: "shut off" }]);
    expect(await left("ham1")).toEqual(bare);
    expect([await look("ham0"), await whereIs(fleet, uuid)]).toEqual([before, { ham0: "shut off" }]);
  });

  it("stays when other bytes arrive than the source has, and the target has nothing of it", {
    timeout: 300_000,
  }, async () => {
    const before = await look("ham0");
    await wrapPrograms(fleet.node("ham0"), {
      virsh: `case "$*" in *vol-download*) /usr/bin/virsh "$@" | tr '\\000' '\\001'; exit ;; esac
exec /usr/bin/virsh "$@"`,
    });
    const run = await mclu(["migrate", "sealed", "ham1", "-o", "json"]);
    await unwrapPrograms(fleet.node("ham0"));
    expect([run.code, resultOf(run.stdout)]).toMatchObject([1, { outcome: "stayed", state: "shut off" }]);
    expect(run.stderr).toContain("vda: what arrived is not what the source has");
    expect((await left("ham1")).filter((path) => path !== states)).toEqual(bare);
    expect([await look("ham0"), await whereIs(fleet, uuid)]).toEqual([before, { ham0: "shut off" }]);
  });

  it("is refused where the target has something else in these places", async () => {
    await on("ham1", `mkdir -p ${states}/${uuid}; echo theirs >${vars}`);
    const run = await mclu(["migrate", "sealed", "ham1"]);
    await on("ham1", `rm -r ${states}/${uuid} ${vars}`);
    expect([run.code, run.stdout]).toEqual([6, ""]);
    expect(run.stderr).toContain(`it has another file ${vars}`);
    expect(run.stderr).toContain(`it has another state of a TPM at ${states}/${uuid}`);
  });

  it("has its UEFI variables and its TPM on the other node, to the byte, and starts there", {
    timeout: 300_000,
  }, async () => {
    const before = await look("ham0");
    const plan = await mclu(["migrate", "sealed", "ham1", "--dry-run"]);
    expect(plan.stdout).toMatch(/UEFI: +\S+ goes with it\n +TPM: +\S+ goes with it/);
    const run = await mclu(["migrate", "sealed", "ham1", "--remove-source", "-y", "-o", "json"]);
    expect([run.code, run.stderr.match(/error:.*/), resultOf(run.stdout)]).toMatchObject([0, null, { node: "ham1" }]);
    expect([await look("ham1"), await whereIs(fleet, uuid)]).toEqual([before, { ham1: "shut off" }]);
    expect(await on("ham0", `find ${nvrams} ${states} ${images} -mindepth 1`)).toBe("");
    expect((await left("ham1")).at(-1)).toBe("default");
    expect(await mclu(["start", "sealed"])).toMatchObject({ code: 0 });
    expect([await on("ham1", `grep -c ${mark} ${vars}`), await whereIs(fleet, uuid)]).toEqual([
      "1\n",
      { ham1: "running" },
    ]);
    await on("ham1", `${virsh} destroy sealed`);
  });

  it("as a linked clone is refused without its base, and goes to the copy of the image that it is based on", {
    timeout: 300_000,
  }, async () => {
    await fleet.define("ham0", ["base1original"]);
    expect(await mclu(["clone", "base1original", "twin1", "--linked", "--as-is", "--no-start"])).toMatchObject({
      code: 0,
    });
    const alone = await mclu(["migrate", "ham0/twin1", "ham1"]);
    expect([alone.code, alone.stderr]).toEqual([
      6,
      `error: ham1 cannot take ham0/twin1: the disk vda is based on ${diskOf("base1original")}, which the target has not
  mclu image copy ham0/base1original ham1; then the move again
`,
    ]);
    expect(await mclu(["image", "copy", "ham0/base1original", "ham1"])).toMatchObject({ code: 0 });
    // of one size and one name, and another in a single byte
    const copied = `${images}/base1original-ham1.qcow2`;
    const spoil = (byte: string) =>
      on("ham1", `printf '${byte}' | dd of=${copied} bs=1 seek=9000000 conv=notrunc status=none`);
    const byte = (await on("ham1", `od -An -to1 -j9000000 -N1 ${copied}`)).trim();
    await spoil(byte === "130" ? "Y" : "X");
    const other = await mclu(["migrate", "ham0/twin1", "ham1"]);
    expect([other.code, other.stderr]).toEqual([
      6,
      expect.stringContaining(`based on ${diskOf("base1original")}, and what ham1/base1original has is another\n`),
    ]);
    await spoil(`\\${byte}`);
    const content = "qemu-img convert -O raw";
    const sum = async (node: string) =>
      (await on(node, `${content} ${diskOf("twin1")} /tmp/twin; sha256sum </tmp/twin; rm /tmp/twin`)).trim();
    const before = await sum("ham0");
    const run = await mclu(["migrate", "ham0/twin1", "ham1", "--remove-source", "-y", "-o", "json"]);
    expect([run.code, run.stderr.match(/error:.*/), resultOf(run.stdout)]).toMatchObject([0, null, { node: "ham1" }]);
    const base = `${images}/base1original-ham1.qcow2`;
    expect(await on("ham1", `qemu-img info ${diskOf("twin1")}`)).toContain(`backing file: ${base}\n`);
    expect([await sum("ham1"), await on("ham0", `ls -A ${images}`)]).toEqual([
      before,
      expect.not.stringContaining("twin1"),
    ]);
    const started = await mclu(["start", "ham1/base1original"]);
    expect([started.code, started.stderr]).toMatchObject([6, expect.stringContaining("ham1/twin1")]);
    expect(await mclu(["start", "ham1/twin1"])).toMatchObject({ code: 0 });
  });
});
