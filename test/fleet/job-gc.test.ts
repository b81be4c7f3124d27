import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { follow, jobOf, makePart, openAs, startUpTo, until } from "./job-fleet.ts";

const jobs = "/var/lib/mclu/jobs";

describe("gc of jobs", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let cluster: Cluster;
  let ham0: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.134.0", nodes: 1 });
    user = await fleetUser(fleet);
    cluster = await openAs(user);
    ham0 = fleet.node("ham0");
  });
  afterAll(async () => {
    await cluster?.close();
    await fleet?.down();
  });

  const partOf = (id: string) => `/root/.web1.mclu-${id}.part`;

  it.each([
    ["its check says that it was committed", 0, ["job"]],
    ["its check says that it was not", 1, ["file", "job"]],
    ["its check cannot say", 3, []],
  ])("cleans up after a job that was killed on its commit point, where %s", async (_what, answer, kinds) => {
    const commit = `touch "$MCLU_JOB/point"; ${until('"$MCLU_JOB/never"')}`;
    const stages = [
      { name: "build", script: makePart },
      { name: "define", script: `mclu_commit sh -c '${commit}'` },
    ];
    const rollback = 'echo undone >>"/tmp/undone-$MCLU_ID"';
    const id = await startUpTo(cluster, "ham0", "define", jobOf(stages, { check: `exit ${answer}`, rollback }));
    await ham0.enter(`${until(`${jobs}/${id}/point`)}; kill -s KILL -- -$(cut -d ' ' -f 2 ${jobs}/${id}/process)`);
    const { stdout } = await user.mclu(["gc", "--dry-run", "-o", "json"]);
    const plan = JSON.parse(stdout) as { items: { kind: string }[]; kept: { path: string; reason: string }[] };
    expect(plan.items.map(({ kind }) => kind)).toEqual(kinds);
    if (answer === 3) {
      const reason = "whether its guest was defined cannot be found out now";
      expect(plan.kept).toEqual([{ node: "ham0", path: `${jobs}/${id}`, reason }]);
    }
    expect(await user.mclu(["gc", `--yes-all=${kinds.length}`])).toMatchObject({ code: 0 });
    expect(await ham0.enter(`ls ${partOf(id)} /tmp/undone-${id} 2>/dev/null || :`)).toBe(
      answer === 1 ? `/tmp/undone-${id}\n` : `${partOf(id)}\n`,
    );
    await ham0.enter(`rm -rf ${jobs}/${id} ${partOf(id)}`);
  });

  it("offers what a job left on purpose, and the log of an old job after that", async () => {
    const script = 'echo old >"$HOME/.web1.migrated-$MCLU_ID"; mclu_left "$HOME/.web1.migrated-$MCLU_ID"';
    const id = await startJob(cluster.node("ham0"), jobOf([{ name: "move", script }]));
    await follow(cluster, "ham0", id);
    await ham0.enter(`touch -d '8 days ago' ${jobs}/${id}`);
    const left = `/root/.web1.migrated-${id}`;
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0, stdout: `removed ham0: ${left}\n` });
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0, stdout: `removed ham0: ${jobs}/${id}\n` });
    expect(await user.mclu(["gc"])).toMatchObject({ code: 0, stdout: "nothing to remove\n" });
  });

  it("keeps what it knows of a file while its file system is not mounted", async () => {
    const images = "/var/lib/libvirt/images";
    const part = (id: string) => `${images}/.web1.mclu-${id}.part`;
    const made = `part=${images}/.web1.mclu-$MCLU_ID.part; mclu_making "$part"; echo disk >"$part"; mclu_made "$part"`;
    const making = 'mclu_making "$part.new"; echo half >"$part.new"';
    const spec = jobOf([
      { name: "build", script: `${made}; ${making}` },
      { name: "wait", script: until("/tmp/never") },
    ]);
    const id = await startUpTo(cluster, "ham0", "wait", spec);
    await ham0.enter(`kill -s KILL -- -$(cut -d ' ' -f 2 ${jobs}/${id}/process)`);
    // another file system lies where the pool was
    await fleet.fault("ham0", "disk-full");
    const unseen = `keep ham0: ${part(id)}.new: not there now: is its file system mounted?
keep ham0: ${part(id)}: not there now: is its file system mounted?
nothing to remove
`;
    expect(await user.mclu(["gc"])).toMatchObject({ code: 0, stdout: unseen });
    await fleet.heal("ham0");
    expect(await user.mclu(["gc", "ham0", "--yes-all=3"])).toMatchObject({ code: 0 });
    expect(await ham0.enter(`ls -A ${images} ${jobs}`)).toBe(`${images}:\n\n${jobs}:\n`);
  });
});
