import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { follow, jobOf, jobWhere, makePart, openAs, startUpTo, until } from "./job-fleet.ts";

/** Whoever runs the jobs there: root, admin by sudo, admin. */
const logins = ["ham0", "ham1", "ham2"] as const;

describe("jobs", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let cluster: Cluster;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.131.0", nodes: 3, kinds: { ham1: "sudo", ham2: "sudo" } });
    const plain = (text: string) => text.replace(/(\[node\.ham2\][^[]*)become = sudo\n/, "$1");
    user = await fleetUser(fleet, { config: plain });
    cluster = await openAs(user);
  });
  afterAll(async () => {
    await cluster?.close();
    await fleet?.down();
  });

  const stateDirectory = { ham0: "/var/lib/mclu", ham1: "/var/lib/mclu", ham2: "/home/admin/.local/state/mclu" };

  it.each(logins)("runs its stages in order and gives the disk its name on %s", async (name) => {
    const local = join(user.home, "motd");
    await writeFile(local, "hello from here\n");
    const spec = jobOf(
      [
        { name: "build", script: `cat "$MCLU_FILES/motd"\necho {$TMPDIR}; ${makePart}` },
        { name: "publish", script: 'mclu_publish "$part" "$HOME/$MCLU_ID.img"; mclu_forget secret; ls "$MCLU_FILES"' },
        { name: "define", script: `mclu_commit sh -c 'echo defined >"$HOME/$MCLU_ID.xml"'` },
      ],
      {
        files: [
          { name: "motd", source: { path: local } },
          { name: "secret", source: { data: "xyzzy" } },
        ],
      },
    );
    const id = await startJob(cluster.node(name), spec);
    const { job, lines, stages } = await follow(cluster, name, id);
    expect(job).toMatchObject({ state: "done", exitCode: 0, committed: true, kind: "test", guest: "web1" });
    expect(stages).toEqual(["build", "publish", "define"]);
    const directory = `${stateDirectory[name]}/jobs/${id}`;
    expect(lines).toEqual(["hello from here", `{${directory}/tmp}`, "motd"]);
    const node = fleet.node(name);
    expect(await node.enter(`stat -c '%a %n' ${stateDirectory[name]}/jobs ${directory} ${directory}/log`)).toBe(
      `700 ${stateDirectory[name]}/jobs\n700 ${directory}\n600 ${directory}/log\n`,
    );
    // neither secrets nor large files outlive it
    expect(await node.enter(`grep -rl xyzzy ${directory} || ls ${directory}`)).not.toMatch(/^(files|tmp|blob)$|xyzzy/m);
    expect(
      await node.enter(`cd ~${name === "ham2" ? "admin" : "root"}; cat ${id}.img; ls -A | grep -c part || :`),
    ).toBe("disk\n0\n");
  });

  it.each(logins)("removes what it had made on %s when a stage fails or it is cancelled", async (name) => {
    const failing = await startJob(
      cluster.node(name),
      jobOf([{ name: "build", script: `${makePart}\necho broken; false` }]),
    );
    const { job } = await follow(cluster, name, failing);
    expect(job).toMatchObject({ state: "failed", exitCode: 1, rolledBack: true, stage: { name: "build" } });
    expect(job?.outcome).toEqual([
      { path: expect.stringContaining(`.web1.mclu-${failing}.part`), removed: true, why: "" },
    ]);

    const long = await startUpTo(
      cluster,
      name,
      "wait",
      jobOf([
        { name: "build", script: makePart },
        { name: "wait", script: until('"$MCLU_JOB/never"') },
      ]),
    );
    const cancel = await user.mclu(["jobs", "cancel", long.slice(0, 20)]);
    expect(cancel).toMatchObject({ code: 0, stderr: "" });
    expect(cancel.stdout).toMatch(
      new RegExp(`^${long} on ${name}: cancelled in wait\nremoved /[^ ]+/.web1.mclu-${long}.part\n$`),
    );
    const node = fleet.node(name);
    expect(await node.enter(`ls -A /root /home/admin 2>/dev/null | grep part || :`)).toBe("");
    expect(await node.enter(`grep -lzF ${long} /proc/[0-9]*/environ || :`)).toBe("");
    expect(await user.mclu(["jobs", "cancel", long])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("had ended before"),
    });
  });

  it("removes nothing once the commit point is behind it, and is not disturbed on the point", async () => {
    const spec = jobOf([
      { name: "build", script: makePart },
      {
        name: "define",
        script: `mclu_commit sh -c 'touch /tmp/point-$MCLU_ID; until [ -e /tmp/go-$MCLU_ID ]; do sleep 0.1; done'`,
      },
      { name: "start", script: until('"$MCLU_JOB/never"') },
    ]);
    const id = await startUpTo(cluster, "ham0", "define", spec);
    const node = fleet.node("ham0");
    await node.enter(until(`/tmp/point-${id}`));
    const cancel = user.mclu(["jobs", "cancel", id]);
    // longer than what only runs beside it is given
    await node.enter(`${until(`/var/lib/mclu/jobs/${id}/stopping`)}; sleep 13; touch /tmp/go-${id}`);
    expect(await cancel).toMatchObject({
      code: 0,
      stdout: `${id} on ham0: cancelled in define; its commit point was reached: nothing was removed\n`,
    });
    expect(await node.enter(`cat /root/.web1.mclu-${id}.part`)).toBe("disk\n");
  });

  it("refuses to publish over a file that is there, and keeps it", async () => {
    await fleet.node("ham0").enter("echo precious >/root/final.img");
    const id = await startJob(
      cluster.node("ham0"),
      jobOf([{ name: "publish", script: `${makePart}\nmclu_publish "$part" /root/final.img` }]),
    );
    const { job } = await follow(cluster, "ham0", id);
    expect(job).toMatchObject({
      state: "failed",
      reason: { word: "exists", text: "/root/final.img is there already" },
    });
    expect(await fleet.node("ham0").enter(`cat /root/final.img; ls -A /root | grep ${id} || :`)).toBe("precious\n");
  });

  it("keeps a file that is another one than it had made, and says so", async () => {
    const id = await startUpTo(
      cluster,
      "ham0",
      "wait",
      jobOf([
        { name: "build", script: makePart },
        { name: "wait", script: until('"$MCLU_JOB/never"') },
      ]),
    );
    const part = `/root/.web1.mclu-${id}.part`;
    await fleet.node("ham0").enter(`echo theirs >${part}.2; mv ${part}.2 ${part}`);
    const cancel = await user.mclu(["jobs", "cancel", id]);
    expect(cancel.stdout).toContain(`kept ${part}: another file now\n`);
    expect(await fleet.node("ham0").enter(`cat ${part}; rm ${part}`)).toBe("theirs\n");
  });

  it("shows two at once, and every format of the list", async () => {
    const wait = jobOf([{ name: "wait", script: `${until("/tmp/both")}; printf 'end \\033[31m\\n'` }]);
    const [a, b] = await Promise.all([
      startUpTo(cluster, "ham0", "wait", wait),
      startUpTo(cluster, "ham1", "wait", wait),
    ]);
    const list = await user.mclu(["jobs"]);
    for (const [id, node] of [
      [a, "ham0"],
      [b, "ham1"],
    ] as const)
      expect(list.stdout).toMatch(new RegExp(`^${id}  ${node}  test  web1   running +wait +\\d+s$`, "m"));
    expect((await user.mclu(["log", "status", "ham1", "-o", "name"])).stdout).toContain(`${b}\n`);
    const { jobs } = parseDocument<{ jobs: { id: string }[] }>((await user.mclu(["jobs", "-o", "json"])).stdout);
    expect(jobs.map(({ id }) => id)).toEqual(expect.arrayContaining([a, b]));
    await Promise.all(["ham0", "ham1"].map((name) => fleet.node(name).enter("touch /tmp/both")));
    await Promise.all([jobWhere(cluster, "ham0", a, ({ state }) => state === "done"), follow(cluster, "ham1", b)]);
    parseDocument((await user.mclu(["jobs", "show", a, "-o", "json"])).stdout);
    expect((await user.mclu(["jobs", "show", a])).stdout).toMatch(/^log: +end \\x1b\[31m$/m);
    expect(await user.mclu(["log", "tail", b])).toMatchObject({ code: 0, stdout: "end \\x1b[31m\n" });
    expect(await user.mclu(["jobs", "show", "2"])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("jobs begin with 2"),
    });
  });

  it("passes a log of 10 MB on, to the byte", async () => {
    const script = "yes 0123456789abcdef0123456789abcdef | head -n 303030";
    const id = await startJob(cluster.node("ham1"), jobOf([{ name: "talk", script }]));
    const result = await user.mclu(["jobs", "follow", id]);
    expect(result).toMatchObject({ code: 0, stderr: expect.stringMatching(/\ndone, after \d+s\n$/) });
    expect(result.stdout.length).toBe(303_030 * 33);
  });
});
