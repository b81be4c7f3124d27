import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { follow, jobOf, jobWhere, listener, makePart, openAs, startUpTo, until } from "./job-fleet.ts";

const jobs = "/var/lib/mclu/jobs";
const forever = { name: "wait", script: until('"$MCLU_JOB/never"') };
const spec = jobOf([{ name: "build", script: makePart }, forever]);

describe("jobs that something happens to", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let cluster: Cluster;
  let ham0: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.132.0", nodes: 2 });
    user = await fleetUser(fleet);
    cluster = await openAs(user);
    ham0 = fleet.node("ham0");
  });
  beforeEach(async () => void (await ham0.enter(`rm -rf ${jobs}`)));
  afterAll(async () => {
    await cluster?.close();
    await fleet?.down();
  });

  const partOf = (id: string) => `/root/.web1.mclu-${id}.part`;
  const exists = async (path: string) => (await ham0.enter(`if [ -e ${path} ]; then echo yes; fi`)) === "yes\n";

  it("goes on when whoever follows it is killed, and is followed again to its end", async () => {
    const id = await startUpTo(cluster, "ham0", "wait", jobOf([{ name: "wait", script: until("/tmp/killed") }]));
    // the stage that it waits in is said once it is followed
    const follows = /^wait \(after /m;
    const killed = await user.mclu(["jobs", "follow", id], { signal: { name: "SIGKILL", when: follows } });
    expect(killed.code).toBe(137);
    const interrupted = await user.mclu(["jobs", "follow", id], { signal: { name: "SIGINT", when: follows } });
    expect(interrupted).toMatchObject({ code: 130, stderr: expect.stringContaining("the job goes on on ham0") });
    await ham0.enter("touch /tmp/killed");
    expect((await follow(cluster, "ham0", id)).job).toMatchObject({ state: "done" });
  });

  it("is followed over a cut connection, without a byte lost or said twice", async () => {
    const script = `seq 1 2000; ${until("/tmp/cut")}; seq 2001 4000`;
    const id = await startUpTo(cluster, "ham0", "talk", jobOf([{ name: "talk", script }]));
    const following = follow(cluster, "ham0", id);
    await sleep(1000);
    await ham0.enter("pkill -KILL -f '[s]shd: root@notty' && touch /tmp/cut");
    const { job, lines, events } = await following;
    expect(job?.state).toBe("done");
    expect(lines).toEqual(Array.from({ length: 4000 }, (_, index) => String(index + 1)));
    expect(events.filter(({ kind }) => kind === "silent" || kind === "back").map(({ kind }) => kind)).toEqual([
      "silent",
      "back",
    ]);
  });

  it("is followed while its node's cable is out, and when it is back, without a line lost or said twice", async () => {
    const script = `seq 1 1000; ${until('"$MCLU_JOB/out"')}; seq 1001 2000; ${until('"$MCLU_JOB/back"')}; seq 2001 3000`;
    const id = await startUpTo(cluster, "ham0", "talk", jobOf([{ name: "talk", script }]));
    const { events, told } = listener();
    const following = follow(cluster, "ham0", id, 300, events);
    await told((event) => event.kind === "log" && event.line === "1000");
    await fleet.fault("ham0", "unplugged");
    await ham0.enter(`touch ${jobs}/${id}/out`);
    await told(({ kind }) => kind === "silent").finally(() => fleet.heal("ham0"));
    await told(({ kind }) => kind === "back");
    await ham0.enter(`touch ${jobs}/${id}/back`);
    const { job, lines } = await following;
    expect(job?.state).toBe("done");
    expect(lines).toEqual(Array.from({ length: 3000 }, (_, index) => String(index + 1)));
  });

  it("is dead after a power cut; gc says what it left, removes it, and a second try works", async () => {
    const id = await startUpTo(cluster, "ham0", "wait", spec);
    const following = follow(cluster, "ham0", id, 1);
    await fleet.off("ham0");
    const { end } = await following;
    expect(end).toMatchObject({ kind: "unreachable", silence: { state: "off" } });
    await fleet.on("ham0");
    await jobWhere(cluster, "ham0", id, ({ state }) => state === "dead");
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("is dead"),
    });
    const plan = await user.mclu(["gc", "ham0", "--dry-run"]);
    expect(plan.stdout).toMatch(
      new RegExp(
        `^remove ham0: ${partOf(id)} \\(\\d+K\\): test of web1 is dead: power cut, or killed\nremove ham0: ${jobs}/${id} \\(job, \\d+K\\): test of web1 is dead`,
      ),
    );
    expect(await user.mclu(["gc", "ham0"])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("nobody is there to agree"),
    });
    expect(await user.mclu(["gc", "ham0", "-y"])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("-y is for one thing"),
    });
    expect(await user.mclu(["gc", "ham0", "--yes-all=3"])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("remove 2 things"),
    });
    expect(await exists(partOf(id))).toBe(true);
    const { stdout, code } = await user.mclu(["gc", "ham0", "--yes-all=2", "-o", "json"]);
    expect(code).toBe(0);
    expect(parseDocument(stdout)).toMatchObject({
      applied: true,
      removed: [{ path: partOf(id) }, { path: `${jobs}/${id}` }],
    });
    expect(await user.mclu(["gc", "ham0"])).toMatchObject({ code: 0, stdout: "nothing to remove\n" });
    const again = await startJob(cluster.node("ham0"), jobOf([{ name: "build", script: makePart }]));
    expect((await follow(cluster, "ham0", again)).job?.state).toBe("done");
  });

  it("keeps after SIGKILL what is another file by now, what a guest uses, and what was committed", async () => {
    const kill = (id: string) => ham0.enter(`kill -s KILL -- -$(cut -d ' ' -f 2 ${jobs}/${id}/process)`);
    const [other, used, committed] = await Promise.all([
      startUpTo(cluster, "ham0", "wait", spec),
      startUpTo(cluster, "ham0", "wait", spec),
      startUpTo(cluster, "ham0", "wait", jobOf([{ name: "build", script: `${makePart}; mclu_commit true` }, forever])),
    ]);
    await ham0.enter(`echo theirs >/root/theirs; mv /root/theirs ${partOf(other)}`);
    const [guest] = await fleet.define("ham0", ["user1"], { template: "none" });
    await ham0.enter(`virsh -q attach-disk ${guest?.uuid} ${partOf(used)} vdb --config`);
    for (const id of [other, used, committed]) await kill(id);
    const { stdout } = await user.mclu(["gc", "ham0", "--dry-run"]);
    expect(stdout).toContain(`keep ham0: ${partOf(other)}: another file now\n`);
    expect(stdout).toContain(`keep ham0: ${partOf(used)}: the guest user1 uses it\n`);
    expect(stdout).not.toContain(`${used} (job`);
    expect(await user.mclu(["gc", "ham0", "--yes-all=2"])).toMatchObject({ code: 0 });
    for (const id of [other, used, committed]) expect(await exists(partOf(id))).toBe(true);
    expect(await exists(`${jobs}/${used}`)).toBe(true);
    expect(await exists(`${jobs}/${committed}`)).toBe(false);
    await ham0.enter(`virsh -q undefine ${guest?.uuid}; rm ${partOf(other)} ${partOf(used)} ${partOf(committed)}`);
  });

  it("ends what runs on when only its first process was killed", async () => {
    const id = await startUpTo(cluster, "ham0", "wait", spec);
    await ham0.enter(`kill -KILL $(cut -d ' ' -f 2 ${jobs}/${id}/process)`);
    await jobWhere(cluster, "ham0", id, ({ orphaned, state }) => orphaned && state === "running");
    expect(await user.mclu(["gc", "ham0", "--dry-run"])).toMatchObject({ stdout: "nothing to remove\n" });
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`removed ${partOf(id)}`),
    });
    expect(await ham0.enter(`grep -lzF ${id} /proc/[0-9]*/environ || :`)).toBe("");
  });

  it("signals nobody when the process of its number is another one", async () => {
    const id = await startUpTo(cluster, "ham0", "wait", spec);
    const victim = (await ham0.enter("setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!")).trim();
    const change = (edit: string) => ham0.enter(`cd ${jobs}/${id} && ${edit}`);
    await change(`cp process real; read -r b p s g <real; echo "$b ${victim} $s ${victim}" >process`);
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("nothing was signalled"),
    });
    // all that a number can be known by is right, and it is still not the job
    await change(
      `set -- $(sed 's/.*) //' /proc/${victim}/stat); read -r b p s g <real; shift 19; echo "$b ${victim} $1 ${victim}" >process`,
    );
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("nothing was signalled"),
    });
    await change("mv real process");
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({ code: 0 });
    expect(await ham0.enter(`ps -o comm= ${victim}; kill ${victim}`)).toBe("sleep\n");
  });

  it("signals nobody when its node was started again, and its number is that of another one now", async () => {
    const id = await startUpTo(cluster, "ham0", "wait", spec);
    const victim = (
      await ham0.enter(`cd ${jobs}/${id}; read -r b p s g <process; kill -s KILL -- -$g
setsid sleep 300 </dev/null >/dev/null 2>&1 & echo $!`)
    ).trim();
    // as the process is in every respect, but of another boot
    await ham0.enter(`cd ${jobs}/${id}; set -- $(sed 's/.*) //' /proc/${victim}/stat); shift 19
echo "another-boot ${victim} $1 ${victim}" >process`);
    await jobWhere(cluster, "ham0", id, ({ state }) => state === "dead");
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("is dead"),
    });
    expect(await user.mclu(["gc", "ham0", "--yes-all=2"])).toMatchObject({ code: 0 });
    expect(await ham0.enter(`ps -o comm= ${victim}; kill ${victim}`)).toBe("sleep\n");
  });

  it.each([
    ["a symbolic link", `mkdir -m 700 /root/theirs; ln -s /root/theirs ${jobs}`, "is a symbolic link"],
    ["somebody else's", `mkdir -m 700 ${jobs}; chown 1000 ${jobs}`, "belongs to user 1000"],
    ["open to others", `mkdir ${jobs}; chmod 755 ${jobs}`, "has mode 755, not 700"],
    ["a file", `touch ${jobs}`, "is not a directory"],
  ])("refuses a directory of jobs that is %s", async (_what, plant, why) => {
    await ham0.enter(plant);
    await expect(startJob(cluster.node("ham0"), spec)).rejects.toMatchObject({
      exitCode: 6,
      message: `planted: ${jobs} on ham0 ${why}; nothing was changed`,
    });
    expect(await user.mclu(["jobs", "ham0"])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining(`${jobs} ${why}`),
    });
    await ham0.enter(`rm -rf ${jobs} /root/theirs`);
  });

  it.each([
    ["a symbolic link", "ln -s /root/theirs /run/lib/mclu", "is a symbolic link"],
    ["somebody else's", "mkdir -m 755 /run/lib/mclu; chown 1000 /run/lib/mclu", "belongs to user 1000"],
    ["open to others", "mkdir /run/lib/mclu; chmod 777 /run/lib/mclu", "has mode 777: others may write there"],
  ])("goes nowhere where /var/lib/mclu itself is %s", async (_what, plant, why) => {
    // a node's own is a mount, which cannot be replaced: another /var/lib over it, with all else that is there
    await ham0.enter(`set -e; mkdir -p /run/lib /root/theirs/jobs; chmod 700 /root/theirs /root/theirs/jobs
mount -t tmpfs tmpfs /run/lib
for each in /var/lib/*; do if [ -d $each ] && [ $each != /var/lib/mclu ]; then
mkdir /run/lib/\${each##*/}; mount --rbind $each /run/lib/\${each##*/}; fi; done
${plant}; mount --rbind /run/lib /var/lib`);
    await expect(startJob(cluster.node("ham0"), spec)).rejects.toMatchObject({
      exitCode: 6,
      message: `planted: /var/lib/mclu on ham0 ${why}; nothing was changed`,
    });
    const build = await user.mclu(["build", "debian-12", "ham0/web1", "--no-login", "--no-start", "--memory", "128M"]);
    const silent = `no answer from ham0 (denied: planted: /var/lib/mclu ${why})\n  mclu exec ham0 -- ls -ld /var/lib/mclu\n`;
    expect([build.code, build.stderr]).toEqual([6, expect.stringContaining(silent)]);
    for (const verb of ["jobs", "gc", "place"])
      expect(await user.mclu([verb, "ham0"])).toMatchObject({
        code: 5,
        stdout: expect.not.stringContaining("nothing"),
        stderr: expect.stringContaining(`ham0 failed: denied: planted: /var/lib/mclu ${why}; its `),
      });
    expect(await ham0.enter("find /root/theirs -mindepth 2; ls -A /run/lib/mclu/; virsh -q list --all")).toMatch(
      /^(jobs)?\s*$/,
    );
    await ham0.enter("umount -l /var/lib /run/lib; rm -r /root/theirs");
  });

  it("runs no script that is a link to another's", async () => {
    const id = await startUpTo(
      cluster,
      "ham0",
      "wait",
      jobOf([{ name: "build", script: makePart }, forever], { rollback: "true" }),
    );
    await ham0.enter(
      `cd ${jobs}/${id}; echo 'touch /tmp/planted' >/tmp/theirs; ln -sf /tmp/theirs rollback; ln -s /tmp ${jobs}/20200101T000000-aaaaaaaa`,
    );
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({ code: 0 });
    expect(await exists("/tmp/planted")).toBe(false);
    expect((await user.mclu(["jobs", "ham0", "-o", "name"])).stdout).toBe(`${id}\n`);
  });

  it("lists what is a job alone, and shows a log that reads as a refusal", async () => {
    const print = { name: "say", script: "printf 'planted\\tis a lie\\t/etc\\n'" };
    const id = await startJob(cluster.node("ham0"), jobOf([print]));
    await follow(cluster, "ham0", id);
    await ham0.enter(
      `cd ${jobs}; mkdir "$(printf 'a\\njob\\t20200101T000000-aaaaaaaa')"; mkdir 20200101T000001-aaaaaaaa; mkfifo 20200101T000001-aaaaaaaa/end`,
    );
    const listed = await user.mclu(["jobs", "ham0", "-o", "name"]);
    expect(listed.stdout).toContain(`${id}\n`);
    expect(listed.stdout).not.toContain("20200101T000000-aaaaaaaa");
    expect(await user.mclu(["jobs", "show", id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("planted\\x09is a lie\\x09/etc"),
    });
    expect(await user.mclu(["gc", "ham0", "--dry-run"])).toMatchObject({ code: 0 });
    await ham0.enter(`cd ${jobs}; rm -r 2020* a*`);
  });

  it("notices a full disk while a stage is silent, and cleans up", async () => {
    await fleet.fault("ham0", "disk-full");
    const images = "/var/lib/libvirt/images";
    const fill = `part=${images}/.web1.mclu-$MCLU_ID.part; mclu_making $part; head -c 15000000 /dev/zero >$part; mclu_made $part; ${forever.script}`;
    const id = await startJob(
      cluster.node("ham0"),
      jobOf([{ name: "fill", script: fill }], { watch: [{ path: images }] }),
    );
    const started = performance.now();
    const { job } = await follow(cluster, "ham0", id);
    expect(performance.now() - started).toBeLessThan(30_000);
    expect(job).toMatchObject({
      state: "failed",
      reason: { word: "no-space", text: `less than 4096 KiB free in ${images}` },
    });
    expect(await ham0.enter(`ls -A ${images}`)).toBe("");
    await fleet.heal("ham0");
  });

  it("leaves nothing started of an upload that was cut, and gc names it", async () => {
    const id = "20200101T000000-cutcutcu";
    await ham0.enter(`mkdir -p -m 700 ${jobs}; mkdir -m 700 ${jobs}/${id}; echo half >${jobs}/${id}/blob`);
    expect((await user.mclu(["gc", "ham0", "--dry-run"])).stdout).toBe("nothing to remove\n");
    await ham0.enter(`touch -d '1 hour ago' ${jobs}/${id}`);
    expect(await user.mclu(["gc", "ham0", "-y"])).toMatchObject({ code: 0, stdout: `removed ham0: ${jobs}/${id}\n` });
  });
});
