import { Command } from "commander";
import { expect, it } from "vitest";
import type { Context } from "../../src/commands/context.ts";
import { registerViewer } from "../../src/commands/viewer.ts";
import { createStyle } from "../../src/render/style.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("ends at once where it was interrupted before it waits", async () => {
  const xml =
    "<domain><name>web1</name><devices><graphics type='vnc' port='5900' listen='127.0.0.1'/></devices></domain>";
  const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid: testUuid(1), xml }] });
  const interruption = new AbortController();
  const said: string[] = [];
  const codes: number[] = [];
  const context = {
    terminal: {
      out: (text: string) => {
        said.push(text);
        interruption.abort();
      },
      err: () => undefined,
    },
    ...{ env: {}, signal: interruption.signal, warnings: createStyle(false) },
    withCluster: async (use: (one: typeof cluster) => Promise<number>) => use(cluster),
    finish: (code: number) => codes.push(code),
  };
  const program = new Command();
  registerViewer(program, context as unknown as Context);
  await program.parseAsync(["viewer", "--no-open", "web1"], { from: "user" });
  expect(said.join()).toMatch(/^vnc:\/\/127\.0\.0\.1:\d+\n$/);
  expect(codes).toEqual([130]);
}, 10_000);
