import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { consoleHeldQuery, consoleOf } from "../../src/libvirt/console.ts";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { screensOf } from "../../src/libvirt/graphics.ts";
import { fixture } from "../support/fixture.ts";

const graphics = { type: "vnc", port: null, tlsPort: null, autoport: false, listen: null, socket: null };
const terminal = { kind: "console", type: "pty", target: "serial", port: 0, path: "/dev/pts/4" } as const;

describe("consoleOf", () => {
  it("is the first console, or else the first serial port, where it is a terminal", () => {
    const serial = { ...terminal, kind: "serial", path: "/dev/pts/1" } as const;
    expect(consoleOf({ consoles: [serial, terminal] })?.path).toBe("/dev/pts/4");
    expect(consoleOf({ consoles: [serial] })?.path).toBe("/dev/pts/1");
    expect(consoleOf({ consoles: [{ ...terminal, type: "tcp" }] })).toBeUndefined();
    expect(consoleOf({ consoles: [] })).toBeUndefined();
    expect(consoleOf(parseDomain(fixture("domain-rich.xml")))?.path).toMatch(/^\/dev\/pts\/\d+$/);
  });
});

describe("consoleHeldQuery", () => {
  it("looks for libvirt's lock, and reads no shell into a path", () => {
    const [step] = consoleHeldQuery("/dev/pts/3'; echo held #").steps;
    const [file = "", ...argv] = step && "run" in step ? step.run : [];
    expect(argv.at(-1)).toBe("_pts_3'; echo held #");
    const text = execFileSync(file, argv, { encoding: "utf8" });
    expect(consoleHeldQuery("/dev/pts/3").parse([{ code: 0, texts: [text] }])).toBe(false);
    expect(consoleHeldQuery("/dev/pts/3").parse([{ code: 0, texts: ["held\n"] }])).toBe(true);
  });
});

describe("screensOf", () => {
  it.each([
    [
      { ...graphics, port: 5900, listen: "127.0.0.1" },
      { host: "127.0.0.1", port: 5900 },
    ],
    [
      { ...graphics, port: 5900, listen: "0.0.0.0" },
      { host: "127.0.0.1", port: 5900 },
    ],
    [
      { ...graphics, port: 5900, listen: "::" },
      { host: "::1", port: 5900 },
    ],
    [
      { ...graphics, port: 5900, listen: "10.0.0.1" },
      { host: "10.0.0.1", port: 5900 },
    ],
    [
      { ...graphics, port: 5900 },
      { host: "127.0.0.1", port: 5900 },
    ],
    [{ ...graphics, socket: "/run/x" }, { socket: "/run/x" }],
  ])("finds %j", (element, at) => {
    expect(screensOf([element])).toEqual([{ type: "vnc", at }]);
  });

  it("leaves out what is no network screen, has no port, or TLS alone", () => {
    const others = [graphics, { ...graphics, tlsPort: 5901, type: "spice" }, { ...graphics, type: "sdl", port: 1 }];
    expect(screensOf(others)).toEqual([]);
  });
});
