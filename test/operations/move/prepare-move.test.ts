import { describe, expect, it } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { prepareMove } from "../../../src/operations/move/prepare-move.ts";
import { type FakeGuest, fakeCluster, lostNode } from "../../support/fake-host.ts";
import { oddXml } from "../../support/odd-guest.ts";
import { reachable } from "../../support/reachable.ts";
import { testUuid } from "../../support/test-driver.ts";

interface Case {
  readonly guest?: Partial<FakeGuest>;
  readonly settings?: string;
  /** What ssh says when ham0 calls the libvirt of ham1; undefined: it is let in. */
  readonly login?: string;
  /** Whose libvirt answers ham0 there, and its UUID; default: ham1's. */
  readonly host?: string;
  /** Where ham0 finds one of ham1's ports; "": nowhere. */
  readonly ports?: string;
  /** A word of what ham1's shell is asked and answers with yes, or ham0's with no. */
  readonly has?: string;
  readonly lacks?: string;
  /** Whether the sshd of ham0 listens for us. */
  readonly relays?: boolean;
}

const web1: FakeGuest = { name: "web1", uuid: testUuid(1), xml: oddXml("") };
const other: FakeGuest = { name: "web2", uuid: testUuid(2), xml: oddXml("") };

const itself = "ham1\ne327ea8f-da7c-4841-ac19-942d2b4e0f9d\n";

/** A guest of ham0 that wants to move to ham1, which has room for it. */
async function prepare(
  { guest, settings, login, ports = "ham1", relays = false, has, lacks, host = itself }: Case,
  selector = "ham0/web1",
) {
  const run = (argv: readonly string[], node: string) => {
    if (argv[0] === "timeout") return ports;
    const asked = argv[2] ?? "";
    if (asked.startsWith("command -v")) {
      const wanted = asked.includes("python3") ? lacks !== node : has !== undefined && asked.includes(has);
      return { code: wanted ? 0 : 1, texts: [""] };
    }
    if (!asked.includes("mclu-host")) return undefined;
    if (!argv[4]?.startsWith("qemu+ssh://")) return itself;
    return login === undefined ? host : { code: 1, texts: [login] };
  };
  const guests = [{ ...web1, ...guest }, other];
  const cluster = await fakeCluster({ ham0: () => guests, ham1: () => [] }, settings, { run });
  reachable(cluster, relays);
  return prepareMove(cluster, { guest: selector, node: "ham1" });
}

describe("a move is refused, with what mends it,", () => {
  it.each<[string, Case, string, string]>([
    [
      "where the target's ports cannot be reached",
      { ports: "", has: "firewall-cmd" },
      "ham1 cannot take ham0/web1: ham0 reaches none of its ports 49152-49215, which a guest's memory goes to",
      "on ham1: firewall-cmd --permanent --add-port=49152-49215/tcp && firewall-cmd --reload",
    ],
    [
      "where that is so and no firewalld runs",
      { ports: "" },
      "ham0 reaches none of its ports 49152-49215",
      "let ham0 reach the TCP ports 49152-49215 of ham1: in the firewall of ham1 (nft list ruleset)",
    ],
    [
      "where a node cannot try the way to them",
      { ports: "", lacks: "ham0" },
      "ham0 has no python3, by which the way to its ports 49152-49215 is tried",
      "install python3 on ham0",
    ],
    [
      "where the source may not log in, and its sshd does not listen for us",
      { login: "error: Cannot recv data: Host key verification failed.\n" },
      "ham0 cannot use its libvirt at qemu+ssh://ham1/system?no_tty=1: Cannot recv data: Host key verification failed.",
      "on ham0, as the user that mclu works as there: ssh-keygen -R ham1, and ssh -o StrictHostKeyChecking=ask ham1 once, which shows the key",
    ],
    [
      "where it hears nothing, as another user",
      { login: "", settings: "user = kei\n" },
      "qemu+ssh://kei@ham1/system?no_tty=1: it did not answer in time",
      "ssh-copy-id kei@ham1, and ssh kei@ham1 once",
    ],
    [
      "where another host has the target's name there",
      { host: itself.replace("ham1", "www1") },
      "ham0 cannot use its libvirt at qemu+ssh://ham1/system?no_tty=1: another host than ham1 answers there, www1",
      "ssh -G ham1",
    ],
    [
      "where another host of one name answers",
      { host: itself.replace("e327", "0000") },
      "another host than ham1 answers there, ham1",
      "on ham0, as the user that mclu works as there: ssh -G ham1; getent hosts ham1: it has to be ham1",
    ],
    [
      "where it is in no known state",
      { guest: { state: null } },
      "ham0/web1 is in no known state",
      "mclu info ham0/web1",
    ],
    [
      "where libvirt does not show it",
      { guest: { xml: "" } },
      "libvirt cannot show what ham0/web1 is",
      "mclu xml ham0/web1",
    ],
  ])("%s", async (_what, world, message, hint) => {
    await expect(prepare(world)).rejects.toMatchObject({
      ...{ exitCode: 6, message: expect.stringContaining(message), hint: expect.stringContaining(hint) },
    });
  });

  it("where it is on that node already", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1] });
    await expect(prepareMove(cluster, { guest: "web1", node: "ham0" })).rejects.toMatchObject({
      ...{ exitCode: 6, message: "ham0/web1 is on ham0 already", hint: "mclu info ham0/web1" },
    });
  });

  it("where several guests are meant", async () => {
    await expect(prepare({}, "web*")).rejects.toMatchObject({
      ...{
        exitCode: 4,
        message: "web* matches 2 guests, and one is moved at a time",
        hint: "name one of them: ham0/web1",
      },
    });
  });
});

describe("a node that falls silent while a move is prepared", () => {
  it.each(["ham0", "ham1"])("ends it as an error of %s, at whatever moment, and never as a bug", async (silent) => {
    for (const state of ["running", "shut off"] as const) {
      /** Prepares the move; how often the node was asked, and what came of it. */
      const attempt = async (answers: number) => {
        let count = 0;
        const answer = (name: string, guests: readonly FakeGuest[]) => () => {
          if (name !== silent) return guests;
          return count++ < answers ? guests : lostNode;
        };
        const run = ([program, , script]: readonly string[]) => {
          if (program === "timeout") return "10.0.0.1";
          return script?.includes("mclu-host") ? itself : undefined;
        };
        const nodes = { ham0: answer("ham0", [{ ...web1, state }]), ham1: answer("ham1", []) };
        const cluster = reachable(await fakeCluster(nodes, "", { run }));
        const end = await prepareMove(cluster, { guest: "ham0/web1", node: "ham1" }).catch((error: unknown) => error);
        return { count, end };
      };
      const whole = await attempt(Number.POSITIVE_INFINITY);
      expect(whole.end).toMatchObject({ plan: { node: "ham1" } });
      expect(whole.count).toBeGreaterThan(1);
      for (let answers = 0; answers < whole.count; answers++)
        expect((await attempt(answers)).end, `${silent} answers ${answers} times`).toBeInstanceOf(UserError);
    }
  });
});

describe("a move goes", () => {
  it("from node to node where they reach each other, and the memory to the address that was tried", async () => {
    const { plan } = await prepare({ ports: "10.0.0.1" });
    expect(plan).toMatchObject({
      ...{ how: "live", control: "qemu+ssh://ham1/system?no_tty=1", data: "10.0.0.1", notes: [], size: 0 },
    });
  });

  it("through this machine where the source comes to another host by the target's name", async () => {
    const { plan } = await prepare({ host: "www1\n", relays: true });
    expect([plan.control, plan.notes]).toEqual([null, [expect.stringContaining("answers there, www1): its calls go")]]);
  });

  it("through this machine where the source may not log in, and sends no memory of a guest that is off", async () => {
    const { plan } = await prepare({ login: "no", relays: true, ports: "", guest: { state: "shut off" } });
    expect(plan).toMatchObject({ how: "offline", control: null, data: null });
    expect(plan.notes).toEqual([
      "ham0 cannot use the libvirt of ham1 itself (no): its calls go through this machine, which has to stay until the move is over",
    ]);
  });

  it("and says what the target opens because the definition names it", async () => {
    const devices = "<serial type='file'><source path='/etc/cron.d/x'/></serial>";
    const qemu = "<q:commandline xmlns:q='http://libvirt.org/schemas/domain/qemu/1.0'/>";
    const xml = oddXml(devices).replace("</domain>", `${qemu}</domain>`);
    expect((await prepare({ ports: "10.0.0.1", guest: { xml } })).plan.notes).toEqual([
      "its serial is /etc/cron.d/x of ham1 then",
      "its arguments for qemu go with it as they are",
    ]);
  });
});
