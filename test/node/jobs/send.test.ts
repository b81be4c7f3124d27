import { once } from "node:events";
import { expect, it } from "vitest";
import { send } from "../../../src/node/jobs/send.ts";
import { measure } from "../../../src/node/jobs/upload.ts";
import type { Node } from "../../../src/node/node.ts";
import type { StreamOptions } from "../../../src/node/stream-command.ts";

const items = [{ name: "run", source: { data: "exit 0\n" } }];

/** Sends a job to a node that does this with it. */
async function sendTo(stream: (options: StreamOptions) => ReturnType<Node["stream"]>, signal?: AbortSignal) {
  const node = { name: "ham0", stream: (_: unknown, options: StreamOptions) => stream(options) } as unknown as Node;
  return send(node, {
    ...{ id: "20260101T000000-k3v9x0qa", items, measured: await measure(items) },
    ...{ from: undefined, stall: 0.3, signal },
  });
}

const untilTold = async ({ signal }: StreamOptions) => {
  if (signal) await once(signal, "abort");
  return { kind: "interrupted" } as const;
};

it("waits for no node that takes nothing more of a job", async () => {
  await expect(sendTo(untilTold)).rejects.toMatchObject({ silence: { reason: "slow" } });
});

it("bears with a node that takes it slowly", async () => {
  let pieces = 0;
  const slow = async ({ stdin, onStdout }: StreamOptions) => {
    for await (const _ of stdin ?? []) pieces++;
    await onStdout(Buffer.from("started\n"));
    return { kind: "exit", code: 0 } as const;
  };
  await sendTo(slow);
  expect(pieces).toBe(1);
});

it("tells an interruption from that", async () => {
  await expect(sendTo(untilTold, AbortSignal.timeout(50))).rejects.toMatchObject({ exitCode: 130 });
});

it.each(["", "failed\tit does not begin\n"])(
  "asks a node that answered %j whether the job was started",
  async (said) => {
    const sending = async (state: string) => {
      const stream: Node["stream"] = async (_, { onStdout }) => {
        await onStdout(Buffer.from(said));
        return { kind: "exit", code: 0 };
      };
      const node = { name: "ham0", stream, ask: () => Promise.resolve(state) } as unknown as Node;
      return send(node, {
        ...{ id: "20260101T000000-k3v9x0qa", items, measured: await measure(items) },
        ...{ from: undefined, stall: 60, signal: undefined },
      });
    };
    await sending("started");
    await expect(sending("ended")).rejects.toThrow("somebody cancelled the job");
    await expect(sending("cut 0")).rejects.toThrow("could not be started on ham0");
  },
);

it("keeps of a node that answers with a flood what an answer can take", async () => {
  const flood = async ({ onStdout, onStderr }: StreamOptions) => {
    const chunk = Buffer.alloc(1024 ** 2, "x");
    for (let count = 0; count < 600; count++) {
      await onStdout(chunk);
      await onStderr(chunk);
    }
    await onStdout(Buffer.from("\nfailed\tno\n"));
    return { kind: "exit", code: 0 } as const;
  };
  const ask = () => Promise.resolve("none");
  const node = { name: "ham0", stream: (_: unknown, options: StreamOptions) => flood(options), ask } as unknown as Node;
  const sending = send(node, {
    ...{ id: "20260101T000000-k3v9x0qa", items, measured: await measure(items) },
    ...{ from: undefined, stall: 60, signal: undefined },
  });
  await expect(sending).rejects.toThrow(`the job could not be started on ham0: ${"x".repeat(500)}`);
  await expect(sending).rejects.not.toThrow("x".repeat(501));
});
