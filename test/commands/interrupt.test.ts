import { createServer } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { runMclu } from "../support/run-mclu.ts";
import { screenText } from "../support/screen.ts";

/** A node whose port accepts and says nothing, and the signal of a user who gives up meanwhile. */
async function frozen() {
  const interrupt = new AbortController();
  const server = createServer((socket) => {
    onTestFinished(() => void socket.destroy());
    setTimeout(() => interrupt.abort(), 100);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return { config: `[nodes]\nham0 = 127.0.0.1:${port}\n`, signal: interrupt.signal };
}

it("leaves a node pending that we were cut off from: it has not failed", async () => {
  const tty = { columns: 80, rows: 24 };
  const { code, stdout, stderr } = await runMclu(["status"], { ...(await frozen()), tty });
  expect(screenText(stdout, tty.columns, tty.rows)).toMatch(/^ham0 +\.\.\.\n$/);
  expect({ code, stderr }).toEqual({ code: 130, stderr: "" });
});

it("says of a command that was interrupted before it began that it was", async () => {
  const run = await runMclu(["exec", "ham0", "--", "true"], await frozen());
  expect(run).toEqual({ code: 130, stdout: "", stderr: "ham0: interrupted, not finished\n" });
});
