import { type Duplex, PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { failed } from "../../../src/node/failure.ts";
import { doctor } from "../../../src/operations/doctor/doctor.ts";
import { type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";

/** What doctor finds where every node but the first could not be logged in to by ham0, and these answer. */
async function examine(
  nodes: Readonly<Record<string, FakeNode>>,
  jobs = "",
  connect: () => Promise<Duplex> = () => Promise.reject(failed("refused", "nobody answers there", "mclu status")),
) {
  const now = Math.floor(Date.now() / 1000);
  const tried: (readonly string[])[] = [];
  const run = (_: string, argv: readonly string[]) => {
    if (!argv.includes("mclu-doctor")) return `now\t${now}\n${jobs}`;
    tried.push(argv.slice(7));
    return `now\t${now}\npeer\t0\tno\npeer\t1\tyes\nend\n`;
  };
  const cluster = await fakeCluster(nodes, "", { run: (argv, node) => run(node, argv) });
  for (const node of cluster.nodes) {
    const settings = { ...node.settings, transport: "auto", ...(node.name === "ham1" && { user: "adm", port: 2222 }) };
    Object.assign(node, { settings, transport: () => Promise.resolve({ connect }) });
  }
  return { report: await doctor(cluster), tried };
}

describe("doctor", () => {
  it("counts a login that failed only to a node that is on", async () => {
    const on: FakeNode = () => [];
    const { report, tried } = await examine({ ham0: on, ham1: on, ham2: on });
    const login = "ssh -T -o BatchMode=yes -o StrictHostKeyChecking=yes -o ControlPath=none -o ConnectTimeout=3";
    expect(tried[0]).toEqual([`${login} -p 2222 adm@ham1 true`, `${login} ham2 true`]);
    const peersOf = (name: string, from = report) =>
      from.nodes
        .flatMap((one) => (one.node === name && one.state === "on" ? one.findings : []))
        .find(({ check }) => check === "peers");
    expect(peersOf("ham0")).toMatchObject({
      verdict: "warning",
      detail: expect.stringContaining("cannot log in to ham1: "),
      fix: expect.stringContaining(": ssh-copy-id -p 2222 adm@ham1, and ssh -p 2222 adm@ham1 once"),
    });
    const without = await examine({ ham0: on, ham1: () => offNode, ham2: on });
    expect(peersOf("ham0", without.report)).toMatchObject({ verdict: "ok", detail: "logs in to ham2" });
    expect(without.report.nodes[1]).toEqual({ node: "ham1", ...offNode });
  });

  it("warns where sshd makes no connection, and takes none that it makes", async () => {
    const sshOf = async (connect: () => Promise<Duplex>) => {
      const { report } = await examine({ ham0: () => [] }, "", connect);
      const [node] = report.nodes;
      return node?.state === "on" ? node.findings.find(({ check }) => check === "ssh")?.verdict : node;
    };
    const stream = new PassThrough();
    expect(await sshOf(() => Promise.resolve(stream))).toBe("ok");
    expect(stream.destroyed).toBe(true);
    const denied = failed("denied", "its sshd forwards no connection", "sshd -T");
    expect(await sshOf(() => Promise.reject(denied))).toBe("warning");
    expect(await sshOf(() => Promise.reject(failed("refused", "nobody answers there", "mclu status")))).toBe("ok");
    await expect(sshOf(() => Promise.reject(new Error("a bug")))).rejects.toThrow("a bug");
  });

  it("finds jobs whose place is not ours alone, and calls a node lost that is lost", async () => {
    const denied: FakeNode = (asked) => (asked === 1 ? { ...lostNode, reason: "denied" } : []);
    const lost: FakeNode = (asked) => (asked === 1 ? lostNode : []);
    const { report } = await examine({ ham0: denied, ham1: lost });
    const [first, second] = report.nodes;
    expect(first).toMatchObject({
      findings: expect.arrayContaining([
        { check: "jobs", verdict: "problem", detail: "the wire was cut", fix: "ping ham0" },
      ]),
    });
    expect(second).toEqual({ node: "ham1", ...lostNode });
  });

  it("counts what jobs left behind, and not what is merely old", async () => {
    const jobs = [
      [
        "job\t20261121T134500-aaaaaaaa",
        "started\t900",
        "live\tno",
        "directory\t/j/a",
        "entry\tmade\tsame\t8*512\t/p/a",
      ],
      [
        "job\t20261121T134501-bbbbbbbb",
        "started\t900",
        "end\tdone 0 960",
        "directory\t/j/b",
        "entry\tleft\tsame\t8*512\t/p/b",
      ],
      ["job\t20261121T134502-cccccccc", "started\t900", "end\tdone 0 960", "directory\t/j/c", "touched\t1"],
    ];
    const { report } = await examine({ ham0: () => [] }, jobs.map((facts) => `${facts.join("\n")}\n`).join(""));
    const [first] = report.nodes;
    const found = first?.state === "on" ? first.findings.find(({ check }) => check === "jobs") : undefined;
    expect(found).toMatchObject({ verdict: "warning", detail: expect.stringContaining("3 "), fix: "mclu gc ham0" });
  });
});
