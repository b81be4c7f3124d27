import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { diskOf, images, resultOf, underWay, virsh, whereIs } from "./moving.ts";
import { mountShared } from "./shared-storage.ts";
import { makeUefi, mark, nvrams, states } from "./uefi-guest.ts";

const uuid = "11111111-2222-4333-8444-00000000efe1";
const secrets = `${states}/${uuid}/tpm2/tpm2-00.permall`;
const nvram = `${nvrams}/efi1_VARS.fd`;
describe("a guest with UEFI variables and a TPM that moves", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  const move = async (to: string, ...more: string[]) => {
    const run = await mclu(["migrate", "efi1", to, "-o", "json", ...more]);
    expect([run.code, run.stderr.match(/error:.*/), resultOf(run.stdout)]).toMatchObject([0, null, { node: to }]);
    return resultOf(run.stdout)?.kept as readonly string[];
  };
  /** Removes what a first try left. */
  const forget = async () => {
    for (const { name } of fleet.nodes)
      await on(
        name,
        `${virsh} destroy efi1 >/dev/null 2>&1; ${virsh} undefine efi1 --nvram >/dev/null 2>&1; rm -f ${images}/* ${images}/.efi1* ${nvrams}/* ${nvrams}/.efi1*`,
      );
  };
  /** Starts the guest; resolves once its firmware has begun with the TPM, which it does once. */
  const start = async (node: string, disk: string, vars: string) => {
    await forget();
    await on(
      node,
      `${makeUefi({ name: "efi1", uuid, disk, vars })}
before=$(sha256sum <${secrets})
${virsh} start efi1
until [ "$before" != "$(sha256sum <${secrets})" ]; do sleep 0.5; done`,
    );
  };
  /** Checksums of what somebody wrote among the variables, and of the TPM's state. */
  const state = (node: string, vars: string) => on(node, `tail -c 4096 ${vars} | sha256sum; sha256sum ${secrets}`);
  /** Files of UEFI variables and of TPMs on a node. */
  const left = async (node: string) =>
    (await on(node, `find ${nvrams} /var/lib/libvirt/swtpm ${images} -mindepth 1 2>/dev/null || :`)).trim();

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.253.0", nodes: 2 });
    user = await fleetUser(fleet);
  }, 60_000);
  afterAll(() => fleet?.down());

  it("has them on the other node, to the byte, and leaves nothing but what gc names", {
    timeout: 300_000,
  }, async () => {
    await start("ham0", diskOf("efi1"), nvram);
    const before = await state("ham0", nvram);
    await on("ham0", `${virsh} suspend efi1`);
    const paused = await mclu(["migrate", "efi1", "ham1"]);
    expect([paused.code, paused.stderr.match(/^ {2}.*/m)?.[0]]).toEqual([
      6,
      "  mclu resume ham0/efi1, and move it while it runs",
    ]);
    await on("ham0", `${virsh} resume efi1`);
    const plan = await mclu(["migrate", "efi1", "ham1", "--dry-run"]);
    expect(plan.stdout).toContain(`${nvram} goes with it`);
    const kept = await move("ham1");
    expect(await state("ham1", nvram)).toBe(before);
    expect(await on("ham1", `grep -c ${mark} ${nvram}; stat -c %a ${nvram}`)).toBe("1\n600\n");
    expect(await whereIs(fleet, uuid)).toEqual({ ham1: "running" });
    expect(kept.map((path) => path.replace(/-[a-z0-9]+$/, "").replace(/\d{8}T\d{6}/, "ID"))).toEqual([
      `${images}/.efi1.qcow2.migrated-ID`,
      `${nvrams}/.efi1_VARS.fd.migrated-ID`,
    ]);
    expect((await left("ham0")).split("\n").sort()).toEqual([...kept].sort());
    expect(await mclu(["gc", "ham0", "--yes-all=2"])).toMatchObject({ code: 0 });
    expect(await left("ham0")).toBe("");
  });

  it("stays after Ctrl-C with both, and the target has neither", { timeout: 300_000 }, async () => {
    await on("ham1", `${virsh} migrate-setspeed efi1 1`);
    const making = underWay(fleet, "ham1", "efi1").then(() => left("ham0"));
    const run = await mclu(["migrate", "efi1", "ham0", "-o", "json"], { signal: { name: "SIGINT", when: making } });
    expect(await making).toContain(nvram);
    expect([run.code, resultOf(run.stdout)]).toMatchObject([130, { outcome: "stayed", state: "running", hint: null }]);
    expect([await left("ham0"), await on("ham0", `${virsh} list --all --name`)]).toEqual(["", ""]);
    expect(await on("ham1", `grep -c ${mark} ${nvram}; ls /var/lib/libvirt/swtpm/${uuid}`)).toBe("1\ntpm2\n");
    expect(await whereIs(fleet, uuid)).toEqual({ ham1: "running" });
    await on("ham1", `${virsh} migrate-setspeed efi1 1000`);
    const before = await state("ham1", nvram);
    await move("ham0", "--remove-source", "-y");
    expect([await state("ham0", nvram), await left("ham1")]).toEqual([before, ""]);
    expect(await on("ham0", `grep -c ${mark} ${nvram}`)).toBe("1\n");
    expect(await whereIs(fleet, uuid)).toEqual({ ham0: "running" });
  });

  it("is refused where the target has another file in that place, or lacks what the guest starts from", async () => {
    const hide = "mount --bind /dev/null /usr/bin/swtpm";
    await on("ham1", `echo theirs >${nvram}; ${hide}`);
    try {
      const run = await mclu(["migrate", "efi1", "ham1"]);
      expect([run.code, run.stdout]).toEqual([6, ""]);
      expect(run.stderr).toContain(`it has another file ${nvram}`);
      expect(run.stderr).toContain("its libvirt has no emulator of TPMs");
      expect(await on("ham1", `cat ${nvram}`)).toBe("theirs\n");
    } finally {
      await on("ham1", `umount /usr/bin/swtpm; rm ${nvram}`);
    }
    await on(
      "ham0",
      `mkdir -p /var/lib/libvirt/boot; echo kernel >/var/lib/libvirt/boot/k
${virsh} define /dev/stdin <<'X'
<domain type='qemu'><name>direct</name><memory unit='MiB'>64</memory><os><type machine='pc'>hvm</type><kernel>/var/lib/libvirt/boot/k</kernel></os></domain>
X`,
    );
    const direct = await mclu(["migrate", "direct", "ham1"]);
    expect([direct.code, direct.stderr]).toEqual([
      6,
      `error: ham1 cannot take ham0/direct: it has no /var/lib/libvirt/boot/k, which the guest starts from
  copy /var/lib/libvirt/boot/k from ham0 to the same place on ham1
`,
    ]);
    await on("ham1", "mkdir -p /var/lib/libvirt/boot; echo another >/var/lib/libvirt/boot/k");
    const other = await mclu(["migrate", "direct", "ham1"]);
    expect([other.code, other.stderr.split("\n")[0]]).toEqual([
      6,
      "error: ham1 cannot take ham0/direct: it has another file /var/lib/libvirt/boot/k, which the guest starts from",
    ]);
    expect(other.stderr).toMatch(
      /^ {2}scp -3 \S+:\/var\/lib\/libvirt\/boot\/k \S+ where no guest of ham1 starts from it/m,
    );
    await on("ham1", "echo kernel >/var/lib/libvirt/boot/k");
    expect(await mclu(["migrate", "direct", "ham1", "--dry-run"])).toMatchObject({ code: 0 });
  });

  it("finds its disk and its variables on storage that both nodes see, and leaves them there", {
    timeout: 300_000,
  }, async () => {
    for (const node of ["ham0", "ham1"]) await mountShared(fleet.node(node), "/srv/guests");
    const vars = "/srv/guests/efi1_VARS.fd";
    await start("ham0", "/srv/guests/efi1.qcow2", vars);
    const before = await state("ham0", vars);
    expect(await move("ham1")).toEqual([]);
    expect([await state("ham1", vars), await whereIs(fleet, uuid)]).toEqual([before, { ham1: "running" }]);
    expect(await on("ham0", "ls -A /srv/guests")).toBe("efi1.qcow2\nefi1_VARS.fd\n");
    expect(await left("ham0")).toBe("");
  });
});
