import { describe, expect, it } from "vitest";
import type { TriedHost } from "../../src/operations/init/try-hosts.ts";
import { renderInit, renderTried } from "../../src/render/init.ts";
import { createStyle } from "../../src/render/style.ts";

const style = createStyle(false);
const on: TriedHost = { node: "ham0", state: "on", version: "9.0.0", become: "sudo", mac: "52:54:00:00:00:01" };

describe("what init says", () => {
  it.each<[TriedHost, string]>([
    [on, "ham0: on: libvirt 9.0.0, by sudo, mac 52:54:00:00:00:01\n"],
    [{ ...on, version: null, become: "none", mac: null }, "ham0: on: libvirt of unknown version\n"],
    [{ node: "ham1", state: "off", detail: "no answer\x1b[2J" }, "ham1: off: no answer\\x1b[2J\n"],
    [
      { node: "ham2", state: "failed", reason: "auth", detail: "no key\n", hint: "ssh-add" },
      "ham2: failed: auth: no key\\x0a\n  try: ssh-add\n",
    ],
  ])("of a host, on one line: %j", (host, text) => {
    expect(renderTried(host, style)).toBe(text);
  });

  it("at the end: where the file is, what is not in it, and what to type next", () => {
    const off: TriedHost = { node: "ham1", state: "off", detail: "no answer" };
    const hosts = [
      { ...on, written: true },
      { ...off, written: false },
    ];
    const report = {
      file: "/c/mclu.conf",
      backup: "/c/mclu.conf.bak",
      hidden: "/etc/mclu/mclu.conf",
      command: "mclu -f x",
      hosts,
      warnings: [],
    };
    const text = renderInit(report, style, 40);
    expect(text).toMatch(
      /^\/c\/mclu\.conf: 1 node\nleft out: ham1\nwhat was there before: \/c\/mclu\.conf\.bak\nnot read any more: \/etc\/mclu\/mclu\.conf\n\n {2}mclu -f x status\n {4}what is on/,
    );
    expect(
      Math.max(
        ...(text
          .split("\n\n")[1]
          ?.split("\n")
          .map((line) => line.length) ?? []),
      ),
    ).toBeLessThanOrEqual(40);
  });
});
