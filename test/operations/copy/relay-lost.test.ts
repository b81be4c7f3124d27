import { afterEach, describe, expect, it, vi } from "vitest";
import { UserError } from "../../../src/errors.ts";
import { NodeError } from "../../../src/node/failure.ts";
import type { Node } from "../../../src/node/node.ts";
import { relayFiles } from "../../../src/operations/copy/relay.ts";
import { checksum, sendFrom } from "../../../src/operations/copy/relay-bytes.ts";
import { lostNode } from "../../support/fake-host.ts";

afterEach(() => {
  vi.useRealTimers();
});

const size = 3_000_000;
const exit = (code: number) => ({ kind: "exit", code }) as const;
const drain: Node["stream"] = async (_command, { stdin }) => {
  for await (const _ of stdin ?? []);
  return exit(0);
};

/** A node that has the file, and prints this of it. */
const sourceOf = (...pieces: readonly Buffer[]) =>
  nodeOf("ham1", async (command, { onStdout, onStderr }) => {
    await onStderr(Buffer.from("a word\n"));
    if ("argv" in command) await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
    else for (const piece of pieces) await onStdout(piece);
    return exit(0);
  });

function nodeOf(name: string, stream: Node["stream"], ask?: (script: string) => string): Node {
  const asking = async (query: {
    steps: readonly { run: readonly string[] }[];
    parse: (answers: object[]) => unknown;
  }) => query.parse([{ code: 0, texts: [ask?.(query.steps[0]?.run[2] ?? "") ?? ""] }]);
  return { name, stream, ask: asking } as unknown as Node;
}

/** A job that has so much of the file, as its node says it; what it was told. */
function jobOf(
  have: (asked: number) => string,
  stream: Node["stream"] = drain,
  tells: (script: string) => void = () => {},
  signal = new AbortController().signal,
) {
  const told: string[] = [];
  let asked = 0;
  const target = nodeOf("ham0", stream, (script) => {
    // its turn is given back
    if (script.includes("rm -f")) return "";
    if (!script.includes("mv -f")) return have(asked++);
    tells(script);
    told.push(/echo (.*) >/.exec(script)?.[1] ?? "");
    return "";
  });
  const files = [{ what: "vda", source: "/images/web.img", path: "/pool/web.img", size }];
  const relay = (source: Node) =>
    relayFiles({
      ...{ source, target, jobDirectory: "/j", files, partOf: (path) => `${path}.part` },
      signal,
    });
  return { relay, told, asked: () => asked };
}

/** Lets the clock of patience go on by two minutes whenever somebody asks so. */
function minutes() {
  vi.useFakeTimers({ toFake: ["performance"] });
  return () => void vi.advanceTimersByTime(121_000);
}

describe("a job that waits for a file", () => {
  it("is sent nothing of what it has already, and everything once it is at that file", async () => {
    const arrived = jobOf(() => "arrived\n");
    await arrived.relay(sourceOf());
    expect(arrived.told).toEqual([]);
    const waiting = jobOf((asked) => ["waiting\n", "0\n"][asked] ?? `${size}\n`);
    await waiting.relay(sourceOf(Buffer.alloc(100)));
    expect(waiting.asked()).toBe(3);
    expect(waiting.told).toEqual(["0".repeat(64)]);
  });

  it("is asked less and less often while it is not at that file, or fetches it by itself", async () => {
    const began = performance.now();
    const job = jobOf((asked) => (asked < 3 ? "waiting\n" : "arrived\n"));
    await job.relay(sourceOf());
    expect(job.asked()).toBe(4);
    // 0.5, 1 and 2 s; a timer may be a moment early
    expect(performance.now() - began).toBeGreaterThan(3400);
  });

  it("is told that its copy ends where a node has been silent for two minutes, or makes no sense for so long", async () => {
    const pass = minutes();
    const lost = jobOf((asked) => {
      if (asked > 0) pass();
      throw new NodeError(lostNode);
    });
    await lost.relay(sourceOf());
    expect([lost.told, lost.asked()]).toEqual([["'lost: the wire was cut'"], 2]);
    const odd = jobOf(() => {
      pass();
      return "no number";
    });
    await odd.relay(sourceOf());
    expect(odd.told).toEqual(["'protocol: it does not say how much it has: no number'"]);
  }, 30_000);

  it("has what came in one go after two losses, however long that took", async () => {
    const pass = minutes();
    let [have, tries] = [0, 0];
    const job = jobOf(() => String(have));
    await job.relay(
      nodeOf("ham1", async (command, { onStdout }) => {
        if ("argv" in command) await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
        else if (++tries <= 2) throw new NodeError(lostNode);
        else {
          await onStdout(Buffer.alloc(100));
          pass();
          have = size;
        }
        return exit(0);
      }),
    );
    expect([job.told, tries]).toEqual([["0".repeat(64)], 3]);
  }, 30_000);

  it("bears a connection that is lost now and then while nothing but zeros comes", async () => {
    const pass = minutes();
    let [have, tries] = [0, 0];
    const job = jobOf(() => String(have));
    await job.relay(
      nodeOf("ham1", async (command, { onStdout }) => {
        await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
        if ("argv" in command) return exit(0);
        pass();
        if (++tries <= 2) throw new NodeError(lostNode);
        have = size;
        return exit(0);
      }),
    );
    expect([job.told, tries]).toEqual([["0".repeat(64)], 3]);
  }, 30_000);

  it("hears every minute that bytes come, and while the checksum is made", async () => {
    const told: string[] = [];
    let have = 0;
    const target = nodeOf("ham0", drain, (script) => {
      if (script.includes("/turn") && !script.includes("mv -f"))
        return script.includes("stat -c %s") ? String(have) : "";
      told.push(/(alive|arrived)-vda/.exec(script)?.[1] ?? "");
      return "";
    });
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const source = nodeOf("ham1", async (command, { onStdout }) => {
      vi.advanceTimersByTime(61_000);
      told.push("argv" in command ? "sum" : "bytes");
      await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
      vi.advanceTimersByTime(61_000);
      have = size;
      return exit(0);
    });
    const files = [{ what: "vda", source: "/images/web.img", path: "/pool/web.img", size }];
    const { signal } = new AbortController();
    await relayFiles({ source, target, jobDirectory: "/j", files, partOf: (path) => `${path}.part`, signal });
    expect(told).toEqual(["bytes", "alive", "sum", "alive", "arrived"]);
  });

  it("has a source asked again for its checksum that was lost meanwhile", async () => {
    let tries = 0;
    const job = jobOf(() => String(size));
    await job.relay(
      nodeOf("ham1", async (_command, { onStdout }) => {
        if (++tries === 1) throw new NodeError(lostNode);
        await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
        return exit(0);
      }),
    );
    expect([job.told, tries]).toEqual([["0".repeat(64)], 2]);
  }, 30_000);

  it("has a checksum that takes longer than a silence may asked for until it is there, however often that is lost", async () => {
    const pass = minutes();
    let tries = 0;
    const job = jobOf(() => String(size));
    await job.relay(
      nodeOf("ham1", async (_command, { onStdout }) => {
        // as long as it is at it the source says so
        await onStdout(Buffer.from("\n\n"));
        pass();
        if (++tries <= 3) throw new NodeError(lostNode);
        await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
        return exit(0);
      }),
    );
    expect([job.told, tries]).toEqual([["0".repeat(64)], 4]);
  }, 30_000);

  it("is told that its copy ends where all is there and the source is gone before it says its checksum", async () => {
    const pass = minutes();
    let tries = 0;
    const over = new AbortController();
    const job = jobOf(() => String(size), drain, undefined, over.signal);
    await job.relay(
      nodeOf("ham1", async () => {
        pass();
        if (++tries > 3) over.abort(new UserError("it never ends"));
        throw new NodeError(lostNode);
      }),
    );
    expect([job.told, tries]).toEqual([["'lost: the wire was cut'"], 2]);
  }, 30_000);

  it("ends by itself where it cannot be told", async () => {
    const refused: Node["stream"] = async () => {
      throw new UserError("no such file");
    };
    let tried = 0;
    const job = jobOf(
      () => "0\n",
      drain,
      () => {
        tried++;
        throw new NodeError(lostNode);
      },
    );
    await job.relay(nodeOf("ham1", refused));
    expect([tried, job.told]).toEqual([1, []]);
  });
});

describe("a client", () => {
  it("gives signs of itself while it has the turn, bears it where one is not heard, and gives the turn back", async () => {
    const said: string[] = [];
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const target = nodeOf("ham0", drain, (script) => {
      if (script.includes("stat -c %s")) return String(size);
      said.push(/(touch|rm -f|mv -f)/.exec(script)?.[1] ?? "");
      // the job says itself when nobody brings anything any more
      if (!script.includes("mv -f")) throw new NodeError(lostNode);
      return "";
    });
    const source = nodeOf("ham1", async (_command, { onStdout }) => {
      await vi.advanceTimersByTimeAsync(17_000);
      await onStdout(Buffer.from(`${"0".repeat(64)}  -\n`));
      return exit(0);
    });
    const files = [{ what: "vda", source: "/images/web.img", path: "/pool/web.img", size }];
    const { signal } = new AbortController();
    await relayFiles({ source, target, jobDirectory: "/j", files, partOf: (path) => `${path}.part`, signal });
    expect(said).toEqual(["touch", "touch", "mv -f", "rm -f"]);
  });
});

describe("bytes on their way", () => {
  const file = (source: Node, target: Node) => ({
    ...{ source, target, path: "/images/web.img", writing: (command: string) => command, size },
    signal: new AbortController().signal,
  });

  it("wait for a target that is slow, and come in their order", async () => {
    const pieces = Array.from({ length: 3 }, (_, at) => Buffer.alloc(1_000_000, at));
    const large = Array.from({ length: 6 }, () => pieces).flat();
    const took: Buffer[] = [];
    const slow: Node["stream"] = async (_, { stdin, onStdout, onStderr }) => {
      await onStdout(Buffer.from("noise"));
      await onStderr(Buffer.from("noise"));
      for await (const piece of stdin ?? []) {
        took.push(Buffer.from(piece));
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      return exit(0);
    };
    await sendFrom({ ...file(sourceOf(...large), nodeOf("ham0", slow)), size: 20_000_000 }, 0);
    expect(Buffer.concat(took).equals(Buffer.concat(large))).toBe(true);
  });

  it("are no more asked for where the target is lost, which is said", async () => {
    const lost: Node["stream"] = async (_, { stdin }) => {
      for await (const _piece of stdin ?? []) throw new NodeError(lostNode);
      return exit(0);
    };
    let sent = 0;
    const endless: Node["stream"] = async (_, { onStdout, signal }) => {
      while (!signal?.aborted && sent < 100) {
        sent++;
        await onStdout(Buffer.alloc(1000));
        await new Promise(setImmediate);
      }
      return { kind: "interrupted" };
    };
    await expect(sendFrom(file(nodeOf("ham1", endless), nodeOf("ham0", lost)), 0)).rejects.toMatchObject({
      silence: lostNode,
    });
    expect(sent).toBeLessThan(100);
  });

  it("have no checksum where sha256sum was ended", async () => {
    const ended: Node["stream"] = async (_, { onStderr }) => {
      await onStderr(Buffer.from("Killed\n"));
      return { kind: "deadline" };
    };
    const { signal } = new AbortController();
    expect(await checksum({ source: nodeOf("ham1", ended), path: "/images/web.img", signal })).toBe("none");
  });
});
