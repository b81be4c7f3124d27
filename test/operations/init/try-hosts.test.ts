import { describe, expect, it } from "vitest";
import { openCluster } from "../../../src/index.ts";
import type { Query } from "../../../src/libvirt/query.ts";
import { tryHosts } from "../../../src/operations/init/try-hosts.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** How a host differs from one where root may do everything. */
interface Host {
  /** Whether libvirt answers those who only read, and those who may write. */
  readonly reads?: boolean;
  readonly writes?: boolean;
  /** Whether sudo works without a password. */
  readonly sudo?: boolean;
  /** The words of its script; see host-facts-shell.ts. */
  readonly facts?: readonly string[];
}

const root = [
  "uid\t0",
  "user\troot",
  "program\tvirsh",
  "directory\t/images",
  "writable",
  "card\teth0\t52:54:00:00:00:01\t",
];
const admin = [
  "uid\t1000",
  "user\tadm in",
  "program\tvirsh",
  "directory\t/images",
  "card\teth0\t52:54:00:00:00:01\t",
  "card\tbr0\t52:54:00:00:00:02\tg",
  "route\tbr0",
];

/** What becomes of one host, and how often sudo was tried. */
async function tryOne({ reads = true, writes = true, sudo = false, facts = root }: Host, settings = "") {
  const directory = temporaryDirectory();
  const text = `[nodes]\nham0 = admin@10.0.0.10:2222\n${settings}`;
  const cluster = await openCluster({ given: { file: "x", directory, text }, env: { HOME: directory } });
  const [node] = cluster.nodes;
  if (!node) throw new Error("no node");
  let tried = 0;
  const host = ["now\t1", ...facts, "end"].join("\n");
  const virsh = reads ? ["Using library: libvirt 9.0.0\n", "", "", "qemu:///system\n"] : [];
  const ask = async <T>(query: Query<T>): Promise<T> => {
    if (query.steps.length === 1) tried++;
    const sudoSays = [{ code: sudo ? 0 : 1, texts: [""] }];
    const doctorSays = [
      { code: reads ? 0 : 1, texts: virsh },
      { code: writes ? 0 : 1, texts: [] },
      { code: 0, texts: [host] },
    ];
    return query.parse(query.steps.length === 1 ? sudoSays : doctorSays);
  };
  Object.assign(node, { ask });
  const [found] = await tryHosts(cluster, {});
  await cluster.close();
  return { found, tried };
}

describe("a host that is tried", () => {
  it("is good for root, and sudo is not tried", async () => {
    const { found, tried } = await tryOne({});
    expect(found).toEqual({ node: "ham0", state: "on", version: "9.0.0", become: "none", mac: "52:54:00:00:00:01" });
    expect(tried).toBe(0);
  });

  it("needs sudo where the login may not change guests, or not write disks, or does not reach libvirt", async () => {
    for (const host of [{ writes: false }, {}, { reads: false, writes: false }])
      expect(await tryOne({ ...host, sudo: true, facts: admin })).toMatchObject({
        found: { state: "on", become: "sudo", mac: "52:54:00:00:00:02" },
        tried: 1,
      });
  });

  it("is as it is where sudo is of no help", async () => {
    expect((await tryOne({ facts: admin })).found).toMatchObject({ state: "on", become: "none" });
    const { found } = await tryOne({ writes: false, facts: admin });
    expect(found).toMatchObject({
      state: "failed",
      reason: "denied",
      detail: "adm in may look at guests and not change them, and sudo asks for a password",
      hint: "ssh -t -p 2222 admin@10.0.0.10 sudo usermod -aG libvirt 'adm in'",
    });
  });

  it("keeps the sudo it was reached by, and has no mac where it says of no card", async () => {
    const facts = root.filter((line) => !line.startsWith("card"));
    const { found, tried } = await tryOne({ facts, sudo: true }, "[node.ham0]\nbecome = sudo\n");
    expect([found, tried]).toMatchObject([{ become: "sudo", mac: null }, 0]);
  });

  it("has failed where libvirt does not answer, or is not there", async () => {
    expect((await tryOne({ reads: false, writes: false })).found).toMatchObject({
      state: "failed",
      reason: "libvirt-down",
    });
    const facts = admin.filter((line) => line !== "program\tvirsh");
    expect(await tryOne({ reads: false, writes: false, sudo: true, facts })).toMatchObject({
      found: { state: "failed", reason: "no-libvirt", detail: "virsh is not there" },
      tried: 0,
    });
  });
});
