import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { building, cutConnection } from "./held-build.ts";

interface BuildRow {
  readonly name: string;
  readonly node: string;
  readonly uuid: string | null;
  readonly outcome: string;
  readonly address: string | null;
  readonly detail: string | null;
  readonly job: string | null;
}

/** What a build that came to nothing may leave: none of it. */
const traces = `ls -A /var/lib/libvirt/images | grep -v '^\\.*$' || :
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :
pgrep -fa '[v]irt-builder|[g]uestfs|[s]upermin' || :
virsh -q list --all --name | sed '/^$/d'`;

describe("build", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.140.1", nodes: 3, kinds: { ham1: "sudo", ham2: "dynamic" } });
    const head = "[template]\nimage = tiny\nmemory = 128M\n";
    const templates = {
      plain: head,
      // what has an ssh server greets
      greeting: `${head}[customize]\nfirstboot-command while :; do nc -l -p 22 </greeting; done &\n`,
      wired: `${head}network = nowhere\n`,
      pooled: `${head}pool = elsewhere\n`,
      rooted: `${head}pool = rooted\n`,
      sized: `${head}size = 1G\n`,
      mistyped: `${head}[customize]\ninstal nano\n`,
      steady: `${head}[customize]\nrun-command sleep 40\n`,
      slow: `${head}[customize]\nrun-command sleep 300\n`,
    };
    user = await builder(fleet, templates, undefined, (text) =>
      // MCLU_PATH names them
      text.replace("templates = ./templates\n", "").replace(/^\[node\.ham[12]\]$/gm, "$&\ngroups = pair"),
    );
    await writeFile(join(user.home, "greeting.txt"), "SSH-2.0-tiny\n");
  });
  afterAll(() => fleet?.down());

  const mclu = (argv: readonly string[], options: RunOptions = {}) =>
    user.mclu(argv, { limit: 800_000, ...options, env: { MCLU_PATH: join(user.home, "templates"), ...options.env } });
  const rowsOf = (stdout: string) => (parseDocument(stdout) as unknown as { results: BuildRow[] }).results;
  const left = async (node: FleetNode) => (await node.enter(traces)).trim();

  it("builds so many guests of a name on the nodes of a group, starts them, and waits until they greet by ssh", {
    timeout: 900_000,
  }, async () => {
    const argv = ["build", "greeting", "web", "--count", "2", "--node", "@pair", "--wait", "ssh"];
    const more = ["--upload", "greeting.txt:/greeting", "--wait-timeout", "400", "-o", "json"];
    const run = await mclu([...argv, ...more], { limit: 900_000, cwd: user.home });
    const { code, stdout, stderr } = run;
    const rows = rowsOf(stdout);
    expect([code, stderr.match(/error:/g)]).toEqual([0, null]);
    expect(rows).toMatchObject([
      { name: "web1", node: "ham1", outcome: "built", address: expect.stringMatching(/^192\.168\./), detail: null },
      { name: "web2", node: "ham2", outcome: "built", address: expect.stringMatching(/^192\.168\./), detail: null },
    ]);
    // the job's own lines, as a pipe gets them, virt-builder's among them
    expect(stderr).toMatch(/^ham1\/web1: \[build\]$/m);
    expect(stderr).toMatch(/^ham1\/web1: \[ *\d+\.\d\] \w/m);
    expect(stderr).toMatch(/^ham2\/web2: \[start\]$/m);
    for (const { node, address } of rows)
      expect(
        await fleet.node(node).enter(`timeout 20 bash -c 'read -r line </dev/tcp/${address}/22; echo "$line"'`),
      ).toBe("SSH-2.0-tiny\n");
    const { guests } = JSON.parse((await mclu(["info", "web1", "-o", "json"])).stdout);
    expect(guests[0]).toMatchObject({ uuid: rows[0]?.uuid, state: "running", memory: { maximum: 128 * 1024 ** 2 } });
    const history = await mclu(["history", "-o", "json"]);
    expect(history.stdout).toContain(rows[0]?.uuid ?? "no uuid");
    for (const name of ["ham1", "ham2"])
      expect(await fleet.node(name).enter("ls -A /var/lib/mclu/names | grep -v '^\\.' || :")).toBe("");
  });

  it("is then looked after like any other guest, and leaves nothing when it is deleted", async () => {
    const steps = [
      ["stop", "--force", "--timeout", "5", "@pair/web*", "--yes-all=2"],
      ["start", "web1", "ham2/web2"],
      ["destroy", "web1"],
    ];
    for (const argv of steps) expect(await mclu(argv)).toMatchObject({ code: 0 });
    expect(await mclu(["delete", "-y", "ham1/web1"])).toMatchObject({ code: 0 });
    expect(await mclu(["delete", "-y", "--force", "ham2/web2"])).toMatchObject({ code: 0 });
    for (const name of ["ham1", "ham2"]) expect(await left(fleet.node(name))).toBe("");
  });

  it.each([
    [4, ["nosuch", "web3"], "no template named nosuch"],
    [2, ["plain", "a b"], "not a name for a guest: a b"],
    [2, ["plain", "-x"], "unknown option"],
    [2, ["plain", "web$(id)"], "not a name for a guest"],
    [2, ["plain", `it's "web"`], "not a name for a guest"],
    [2, ["plain", "web\n3"], "not a name for a guest"],
    [2, ["mistyped", "web3"], "unknown step instal: did you mean install?"],
    [2, ["sized", "web3", "--size", "512M"], "smaller than the template's"],
    [2, ["plain", "42"], "virsh would take digits alone"],
    [2, ["plain", "web3", "web3"], "web3 is named twice"],
    [4, ["plain", "nowhere/web3"], "no node named nowhere"],
    [2, ["plain", "web3", "--wait", "ip", "--no-start"], "--wait ip wants a guest that is started"],
    [6, ["plain", "web3", "--memory", "900G"], "no node can take web3"],
    [6, ["wired", "web3"], "network nowhere is not active\n  mclu virsh ham0 -- net-list --all\n"],
    [6, ["pooled", "web3"], "no storage pool elsewhere\n  mclu virsh ham0 -- pool-list --all\n"],
    [2, ["plain", "web3", "--upload", "missing:/x"], "there is no such file on this machine"],
  ] as [number, string[], string][])("exits %i for %j, and changes nothing", async (code, argv, message) => {
    const run = await mclu(["build", ...argv]);
    expect([run.code, run.stdout]).toEqual([code, ""]);
    expect(run.stderr).toContain(message);
    for (const node of fleet.nodes) expect(await left(node)).toBe("");
  });

  it("refuses a name that a guest or a file has, a disk below /root, a login that may not write, and what nobody can enter", async () => {
    const node = fleet.node("ham0");
    await fleet.define("ham2", ["taken"], { template: "none" });
    await node.enter("touch /var/lib/libvirt/images/file.qcow2");
    await fleet.node("ham2").enter(`mkdir /root/pool
virsh -q pool-define-as rooted dir --target /root/pool; virsh -q pool-start rooted`);
    const plain = await fleetUser(fleet, { config: (text) => text.replace("become = sudo", "become = none") });
    const asked = { env: { MCLU_PATH: join(user.home, "templates"), HOME: user.home } };
    const images = "/var/lib/libvirt/images";
    await node.enter(`mount --bind ${images} ${images} && mount -o remount,bind,ro ${images}`);
    const readOnly = await mclu(["build", "plain", "ham0/web3"]).finally(() => node.enter(`umount -l ${images}`));
    expect(await left(node)).toBe("file.qcow2");
    const runs = [
      [readOnly, `the login of ham0 may not write into ${images}\n  mclu exec ham0 -- ls -ld ${images}\n`],
      [await mclu(["build", "plain", "taken"]), "there is a guest ham2/taken already"],
      [await mclu(["build", "rooted", "ham2/web3"]), "does not run as root, and /root is closed to others"],
      [await mclu(["build", "plain", "ham0/file"]), "/var/lib/libvirt/images/file.qcow2 is there already on ham0"],
      [await plain.mclu(["build", "plain", "ham1/web3"], asked), "set become = sudo in [node.ham1]"],
      [await mclu(["build", "plain", "web3"], { env: { HOME: join(user.home, "void") } }), "nobody could log in"],
    ] as const;
    for (const [run, message] of runs) {
      expect([run.code, run.stdout]).toEqual([6, ""]);
      expect(run.stderr).toContain(message);
    }
    await node.enter("rm /var/lib/libvirt/images/file.qcow2");
    await fleet
      .node("ham2")
      .enter("virsh -q undefine taken; virsh -q pool-destroy rooted; virsh -q pool-undefine rooted");
  });

  it("shows with --dry-run what it would do, and does none of it", async () => {
    const more = "--count 3 --vcpus 2 --install hello --root-password password:s3cret --dry-run";
    const run = await mclu(["build", "plain", "web", ...more.split(" ")]);
    expect(run.code).toBe(0);
    expect(run.stdout).toMatch(/^plan: build 3 guests from plain\n/);
    expect(run.stdout).toContain("root-password password:***");
    expect(run.stdout + run.stderr).not.toContain("s3cret");
    expect(run.stdout.match(/^ham\d\/web\d$/gm)).toHaveLength(3);
    const json = await mclu(["build", "plain", "web1", "--dry-run", "-o", "json"]);
    expect(parseDocument(json.stdout).kind).toBe("build-plan");
    for (const node of fleet.nodes) expect(await left(node)).toBe("");
  });

  it("leaves nothing of several when Ctrl-C comes while virt-builder works", { timeout: 240_000 }, async () => {
    const nodes = ["ham0", "ham1"].map((name) => fleet.node(name));
    const when = Promise.all(nodes.map(building));
    const run = await mclu(["build", "slow", "ham0/web4", "ham1/web7"], { signal: { name: "SIGINT", when } });
    expect(run.code).toBe(130);
    expect(run.stdout).toMatch(/^web4 +ham0 +cancelled[\s\S]*^web7 +ham1 +cancelled/m);
    for (const node of nodes) expect(await left(node)).toBe("");
  });

  it("lets one of two builders of a name win, on one node and on two", { timeout: 900_000 }, async () => {
    const one = ["build", "plain", "ham0/same", "--no-start"];
    const other = ["build", "plain", "ham2/same", "--no-start"];
    const runs = await Promise.all([mclu(one), mclu(other), mclu(one)]);
    const codes = runs.map(({ code }) => code).sort();
    expect(codes).toEqual([0, 6, 6]);
    const guests = (await Promise.all(fleet.nodes.map((node) => node.enter("virsh -q list --all --name")))).join("");
    expect(guests.match(/^same$/gm)).toHaveLength(1);
    expect(await mclu(["delete", "-y", "same"])).toMatchObject({ code: 0 });
    for (const node of fleet.nodes) expect(await left(node)).toBe("");
  });

  it("finishes a guest whose connection was cut while virt-builder works, and whose client was killed", {
    timeout: 900_000,
  }, async () => {
    const node = fleet.node("ham2");
    const cut = building(node).then(() => cutConnection(node));
    const back = { name: "SIGKILL", when: /^ham2\/web5: the node answers again$/m } as const;
    const [run] = await Promise.all([mclu(["build", "steady", "ham2/web5", "--no-start"], { signal: back }), cut]);
    expect([run.code, run.stderr]).toEqual([137, expect.stringMatching(/asked again/)]);
    expect(run.stderr).toMatch(back.when);
    const jobs = await mclu(["jobs", "list", "-o", "json", "ham2"]);
    const job = (JSON.parse(jobs.stdout) as { jobs: { id: string; guest: string; state: string }[] }).jobs.find(
      ({ guest }) => guest === "web5",
    );
    expect(job?.state).toBe("running");
    expect(await mclu(["jobs", "follow", job?.id ?? ""])).toMatchObject({ code: 0 });
    expect((await mclu(["list", "-o", "name"])).stdout).toBe("ham2/web5\n");
    expect(await mclu(["delete", "-y", "ham2/web5"])).toMatchObject({ code: 0 });
    expect(await left(node)).toBe("");
  });

  it("leaves to gc what a node that was switched off had begun, and the retry works, with a disk of another size", {
    timeout: 900_000,
  }, async () => {
    const node = fleet.node("ham0");
    const begun = building(node).then(() => fleet.off("ham0"));
    const run = mclu(["build", "slow", "ham0/web6"], {
      signal: { name: "SIGINT", when: begun.then(() => sleep(3000)) },
    });
    await begun;
    const { code, stdout, stderr } = await run;
    expect(code).toBe(130);
    expect(stdout).toMatch(/^web6 +ham0 +unknown/m);
    expect(stderr).toContain("could not be told to end the job, which may go on");
    await fleet.on("ham0");
    expect(await left(node)).toMatch(/^\.web6\.mclu-\S+\.part$/m);
    const asked = await mclu(["gc", "ham0"]);
    expect(asked.code).toBe(6);
    const count = /--yes-all=(\d+)/.exec(asked.stderr)?.[1];
    expect(await mclu(["gc", `--yes-all=${count}`, "ham0"])).toMatchObject({ code: 0 });
    expect(await left(node)).toBe("");
    const retry = ["build", "plain", "ham0/web6", "--no-start", "--size", "1G"];
    expect(await mclu(retry, { limit: 600_000 })).toMatchObject({ code: 0 });
    expect(await node.enter("qemu-img info /var/lib/libvirt/images/web6.qcow2")).toContain(`(${1024 ** 3} bytes)`);
    expect(await mclu(["delete", "-y", "ham0/web6"])).toMatchObject({ code: 0 });
  });
});
