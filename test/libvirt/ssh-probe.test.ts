import { expect, it } from "vitest";
import { sshProbe } from "../../src/libvirt/ssh-probe.ts";

it.each([
  ["SSH-2.0-OpenSSH_9.2\r\n", true],
  ["10.0.0.5 ssh-ed25519 AAAA\n", true],
  ["10.0.0.5 ecdsa-sha2-nistp256 AAAA\n", true],
  ["", false],
  ["HTTP/1.1 400 Bad Request\n", false],
])("the greeting %j is of an ssh server: %j", (text, expected) => {
  expect(sshProbe("10.0.0.5").parse([{ code: 0, texts: [text] }])).toBe(expected);
});

it("nobody greets where nothing was said", () => {
  expect(sshProbe("10.0.0.5").parse([])).toBe(false);
});
