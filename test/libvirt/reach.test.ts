import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { consoleCommand, consoleHeldQuery, consoleOf } from "../../src/libvirt/console.ts";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { screensOf } from "../../src/libvirt/graphics.ts";
import { fixture } from "../support/fixture.ts";

const graphics = { type: "vnc", port: null, tlsPort: null, autoport: false, listen: null, socket: null };
const terminal = { kind: "console", type: "pty", target: null, port: 0, path: "/dev/pts/4", alias: null } as const;

describe("consoleOf", () => {
  const serial = { ...terminal, kind: "serial", path: "/dev/pts/1", alias: "serial1" } as const;
  const tcp = { ...terminal, type: "tcp", path: null, alias: "serial0" } as const;

  it("is the first console, or else the first serial port, where it is a terminal", () => {
    expect(consoleOf({ consoles: [serial, terminal] })).toEqual({ path: "/dev/pts/4", device: null });
    expect(consoleOf({ consoles: [serial] })).toEqual({ path: "/dev/pts/1", device: null });
    expect(consoleOf({ consoles: [] })).toBeUndefined();
    expect(consoleOf(parseDomain(fixture("domain-rich.xml")))?.path).toMatch(/^\/dev\/pts\/\d+$/);
  });

  it("is another that is a terminal where the first is none, and none that virsh cannot be told of", () => {
    expect(consoleOf({ consoles: [tcp, serial] })).toEqual({ path: "/dev/pts/1", device: "serial1" });
    expect(consoleOf({ consoles: [{ ...tcp, kind: "serial" }, serial, tcp] })?.device).toBe("serial1");
    expect(consoleOf({ consoles: [tcp] })).toBeUndefined();
    expect(consoleOf({ consoles: [tcp, { ...serial, alias: null }] })).toBeUndefined();
    expect(consoleCommand("u", "g", { device: "serial1", force: true }).slice(3)).toEqual([
      ...["u", "console", "g", "--devname", "serial1", "--force"],
    ]);
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
