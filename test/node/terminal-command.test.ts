import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../src/node/failure.ts";
import { localTransport, startChild } from "../../src/node/local.ts";
import { openTerminal } from "../../src/node/terminal-command.ts";
import type { Transport } from "../../src/node/transport.ts";

const size = { columns: 91, rows: 33 };
const how = { become: "none" as const, login: "", size };

/** This machine, whose terminals run a command under another login shell. */
function loginShell(shell: string): Transport {
  return {
    open: (command, terminal) =>
      terminal
        ? Promise.resolve(startChild("env", [`SHELL=${shell}`, "script", "-qfec", command, "/dev/null"]))
        : localTransport.open(command),
    close: () => undefined,
  };
}

/** What a session shows until its end, and its end. */
async function watch(transport: Transport, argv: readonly string[], keys = "") {
  const session = await openTerminal(transport, argv, how);
  let screen = "";
  session.show((bytes) => {
    screen += bytes.toString("utf8");
  });
  if (keys !== "") session.type(Buffer.from(keys));
  return { end: await session.ended, screen };
}

const shells = ["sh", "bash", "tcsh", "fish", "zsh"].flatMap((name) =>
  (process.env.PATH ?? "")
    .split(":")
    .flatMap((directory) => {
      const path = join(directory, name);
      return existsSync(path) ? [path] : [];
    })
    .slice(0, 1),
);

describe("openTerminal", () => {
  it.each(shells)(
    "passes words exactly through the login shell %s, and tells stderr from the screen",
    async (shell) => {
      const words = ["", "a b", "it's", '"$HOME" `id` $(id)', "!!", "*", "\\n\\", "é漢", "%d"];
      const line =
        'for word; do printf "<%s>" "$word"; done; [ -t 0 ] && echo "on a terminal"; echo trouble >&2; exit 3';
      const { end, screen } = await watch(loginShell(shell), ["sh", "-c", line, "sh", ...words]);
      expect(screen).toBe(`${words.map((word) => `<${word}>`).join("")}on a terminal\r\n`);
      expect(end).toEqual({ code: 3, said: "trouble" });
    },
  );

  it("has the size that was asked for, follows it, and passes keys on", async () => {
    // stty sets the size in a process of its own
    const until = (wanted: string) => `until [ "$(stty size)" = "${wanted}" ]; do sleep 0.05; done`;
    const line = `${until("33 91")}; echo first; read word; echo "<$word>"; ${until("50 120")}; echo second`;
    const session = await openTerminal(localTransport, ["sh", "-c", line], how);
    let screen = "";
    session.show((bytes) => {
      screen += bytes.toString("utf8");
      if (!screen.endsWith("first\r\n")) return;
      session.resize({ columns: 100, rows: 40 });
      session.resize({ columns: 120, rows: 50 });
      session.type(Buffer.from("a word\r"));
    });
    expect(await session.ended).toEqual({ code: 0, said: "" });
    expect(screen).toMatch(/^first\r\n[\s\S]*<a word>\r\nsecond\r\n$/);
  });

  it("keeps the first bytes for whoever looks late, and slow readers get all of it", async () => {
    const session = await openTerminal(localTransport, ["seq", "20000"], how);
    await new Promise((resolve) => setTimeout(resolve, 200));
    let screen = "";
    session.show(async (bytes) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      screen += bytes.toString("utf8");
    });
    await session.ended;
    expect(screen.split("\r\n")).toHaveLength(20001);
  });

  it("says why nothing began: a login that runs nothing, and an interruption", async () => {
    const error = await openTerminal(loginShell("/bin/false"), ["true"], how).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NodeError);
    expect((error as NodeError).silence).toMatchObject({ reason: "protocol" });
    const signal = AbortSignal.abort();
    await expect(openTerminal(localTransport, ["true"], { ...how, signal })).rejects.toThrow();
  });
});
