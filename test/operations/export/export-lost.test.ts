import { gzipSync } from "node:zlib";
import { describe, expect, it, vi } from "vitest";
import { failed, NodeError } from "../../../src/node/failure.ts";
import { content, exportWorld, jobOf, ready, sum } from "../../support/export-world.ts";
import { lostNode } from "../../support/fake-host.ts";
import { ended } from "../../support/fake-jobs.ts";

const unreachable = {
  ...{ name: "UserError", exitCode: 5, message: "ham0 failed: lost: the wire was cut", hint: "ping ham0" },
};

describe("an export whose node is lost", () => {
  it("bears a lost connection while it is converted, when its end is told, and until that is heard", async () => {
    const lost: string[] = [];
    const once = (what: string) => {
      if (lost.includes(what)) return;
      lost.push(what);
      throw new NodeError(lostNode);
    };
    let looks = 0;
    const { exported, left, cancelled } = await exportWorld({
      converted(asked) {
        once("converting");
        return asked < 2 ? "" : ready;
      },
      touched(script) {
        if (script.includes("fetched-vda")) once("fetched");
      },
      jobs: {
        one(_, script) {
          once(looks === 0 ? "its job" : "its end");
          return jobOf(script, ...(looks++ === 0 ? ["started\t990", "live\tleader"] : ended("done")));
        },
      },
    });
    expect(await exported()).toMatchObject({ files: [{ sha256: sum }] });
    expect(lost).toEqual(["converting", "its job", "fetched", "its end"]);
    expect([left(), cancelled]).toEqual([["web.raw"], []]);
  });

  it("tells its job every minute that something comes", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const told: string[] = [];
    const { exported } = await exportWorld({
      sends(asked) {
        vi.advanceTimersByTime(61_000);
        told.push("sent");
        return gzipSync(asked === 0 ? content.subarray(0, 1000) : content);
      },
      touched: (script) => void told.push(/(alive|fetched)/.exec(script)?.[1] ?? ""),
    });
    await exported();
    vi.useRealTimers();
    expect(told).toEqual(["alive", "sent", "alive", "alive", "sent", "fetched"]);
  });

  it("bears losses for more than two minutes while nothing but zeros comes", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    let sent = 0;
    const { exported, cluster } = await exportWorld();
    const node = cluster.node("ham0");
    const stream = node.stream.bind(node);
    node.stream = async (command, options) => {
      const isFetch = "shell" in command && command.shell.startsWith("tail ");
      if (!isFetch || sent++ >= 2) return stream(command, options);
      vi.advanceTimersByTime(121_000);
      await options.onStdout(gzipSync(Buffer.alloc(1000)));
      await new Promise((resolve) => setTimeout(resolve, 50));
      throw new NodeError(lostNode);
    };
    expect(await exported()).toMatchObject({ files: [{ sha256: sum }] });
    vi.useRealTimers();
  }, 30_000);

  it("leaves nothing where its node is silent for two minutes", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const sends = () => {
      vi.advanceTimersByTime(121_000);
      return "lost" as const;
    };
    const { exported, left } = await exportWorld({ sends });
    await expect(exported()).rejects.toMatchObject(unreachable);
    vi.useRealTimers();
    expect(left()).toEqual([]);
  });

  it("leaves nothing where its node is silent for as long while it is converted", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const converted = () => {
      vi.advanceTimersByTime(121_000);
      throw new NodeError(lostNode);
    };
    const { exported, left, cancelled } = await exportWorld({ converted });
    await expect(exported()).rejects.toMatchObject(unreachable);
    vi.useRealTimers();
    expect([left(), cancelled]).toEqual([[], ["cancelled"]]);
  });

  it("leaves nothing where its file has its name already, and its node no longer lets anybody in", async () => {
    const touched = (script: string) => {
      if (script.includes("fetched-vda")) throw failed("auth", "no key is let in", "ssh ham0");
    };
    const { exported, left } = await exportWorld({ touched });
    const message = "ham0 failed: auth: no key is let in";
    await expect(exported()).rejects.toMatchObject({ name: "UserError", exitCode: 5, message, hint: "ssh ham0" });
    expect(left()).toEqual([]);
  });
});
