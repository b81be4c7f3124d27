import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import type { SilenceEvent } from "../../src/node/jobs/patience.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { holdAt, letGo, reached, wrapForHolding } from "./held-build.ts";
import { follow, jobOf, listener, makePart, openAs, startUpTo } from "./job-fleet.ts";

const jobs = "/var/lib/mclu/jobs";
const count = 'tr -d x <"$MCLU_FILES/large" | wc -c; stat -c %s "$MCLU_FILES/large"';

describe("jobs that are sent, and jobs that do not want to end", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let cluster: Cluster;
  let node: FleetNode;
  let large: string;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.149.0", nodes: 1 });
    node = fleet.node("ham0");
    user = await fleetUser(fleet);
    cluster = await openAs(user);
    large = join(user.home, "large");
    await writeFile(large, Buffer.alloc(6 * 1024 * 1024, "x"));
    await wrapForHolding(node);
  });
  afterAll(async () => {
    await cluster?.close();
    await fleet?.down();
  });

  const spec = (script: string) =>
    jobOf([{ name: "look", script }], { files: [{ name: "large", source: { path: large } }] });

  it("goes on with an upload where it was when its connection was cut", async () => {
    await node.enter("rm -f /tmp/pieces");
    await holdAt(node, "upload");
    const events: SilenceEvent[] = [];
    const started = startJob(cluster.node("ham0"), spec(count), { onEvent: (event) => void events.push(event) });
    started.catch(() => undefined);
    await reached(node, "upload");
    await node.enter("pkill -KILL -f '[s]shd: root@notty'");
    await letGo(node);
    const { job, lines } = await follow(cluster, "ham0", await started);
    expect([job?.state, lines]).toEqual(["done", ["0", String(6 * 1024 * 1024)]]);
    expect(events.map(({ kind }) => kind)).toEqual(["silent", "back"]);
    // two before; then five whole ones, the last, and the end, or one less where what had arrived of the second was still
    // written down: all of it anew would be ten
    expect([8, 9]).toContain((await node.enter("cat /tmp/pieces")).match(/piece/g)?.length);
  });

  it("goes on with an upload once its node's cable is in again", async () => {
    await holdAt(node, "upload");
    const { events, told } = listener();
    const started = startJob(cluster.node("ham0"), spec(count), { onEvent: (event) => void events.push(event) });
    started.catch(() => undefined);
    await reached(node, "upload");
    await fleet.fault("ham0", "unplugged");
    await letGo(node);
    await told(({ kind }) => kind === "silent").finally(() => fleet.heal("ham0"));
    const { job, lines } = await follow(cluster, "ham0", await started);
    expect([job?.state, lines]).toEqual(["done", ["0", String(6 * 1024 * 1024)]]);
    expect(events.at(-1)?.kind).toBe("back");
  });

  it("says at once of an upload that nobody goes on with that it was cut off, and why nothing ran", async () => {
    await holdAt(node, "upload");
    const interrupted = new AbortController();
    const sent = startJob(cluster.node("ham0"), spec("true"), { signal: interrupted.signal });
    sent.catch(() => undefined);
    await reached(node, "upload");
    const id = (await node.enter(`cd ${jobs}; ls -t | head -n 1`)).trim();
    const following = user.mclu(["jobs", "follow", id]);
    interrupted.abort();
    await expect(sent).rejects.toMatchObject({ exitCode: 130 });
    await letGo(node);
    const { code, stderr } = await following;
    expect([code, stderr]).toEqual([1, expect.stringContaining("dead: its upload was cut off, and nothing of it ran")]);
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0, stdout: `removed ham0: ${jobs}/${id}\n` });
  });

  it("cancels what is still being sent, and nothing of it ever runs", async () => {
    await holdAt(node, "upload");
    const sent = startJob(cluster.node("ham0"), spec("touch /tmp/ran"));
    const refused = expect(sent).rejects.toThrow("somebody cancelled the job");
    await reached(node, "upload");
    const id = (await node.enter(`cd ${jobs}; ls -t | head -n 1`)).trim();
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("cancelled"),
    });
    await letGo(node);
    await refused;
    expect(await node.enter(`ls /tmp/ran ${jobs}/${id}/blob 2>/dev/null || :`)).toBe("");
    expect(await user.mclu(["gc", "--dry-run"])).toMatchObject({ stdout: "nothing to remove\n" });
  });

  it("ends a job that ignores TERM, and what it made is gone", async () => {
    const deaf = { name: "deaf", script: "trap '' TERM; while :; do sleep 1; done" };
    const id = await startUpTo(cluster, "ham0", "deaf", jobOf([{ name: "build", script: makePart }, deaf]));
    expect(await user.mclu(["jobs", "cancel", id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("removed /root/.web1"),
    });
    expect(await node.enter(`grep -lzF ${id} /proc/[0-9]*/environ || :`)).toBe("");
  });
});
