import { describe, expect, it } from "vitest";
import type { HostFacts } from "../../../src/libvirt/doctor-facts.ts";
import type { PeerAnswer } from "../../../src/libvirt/host-facts.ts";
import {
  clockFinding,
  jobsFinding,
  peersFinding,
  sshFinding,
  wakeFinding,
} from "../../../src/operations/doctor/node-findings.ts";
import { examined, host, mac, type Row, settings } from "./examined.ts";

describe("what doctor finds of a node", () => {
  it.each([
    [1000, 1001, "ok", "as here"],
    [900, 994, "problem", "6 s ahead of this machine's"],
    [1007, 1010, "problem", "7 s behind this machine's"],
    [1000 + 600, 1601, "problem", "10 min behind this machine's"],
    [1000 + 36_000, 37_001, "problem", "10 h behind this machine's"],
    [1000 + 864_000, 865_001, "problem", "10 days behind this machine's"],
  ])("of the clock, asked at %i and answered at %i, is %s: %s", (asked, answered, verdict, detail) => {
    expect(clockFinding(examined(), { asked, answered })).toMatchObject({ verdict, detail });
  });

  it.each<Row>([
    ["wake", "ok", "eth0 listens", null, {}],
    ["wake", "ok", "eth0 has the configured mac", null, { host: { cards: [{ name: "eth0", mac, wake: null }] } }],
    [
      "wake",
      "warning",
      "eth0 does not listen for wake-on-LAN (d)",
      "mclu exec ham0 -- ethtool -s eth0 wol g",
      { host: { cards: [{ name: "eth0", mac, wake: "d" }] } },
    ],
    [
      "wake",
      "problem",
      `mclu on would not wake it: none of its cards has the mac ${mac}`,
      "set mac = 52:54:00:00:00:09 in [node.ham0] of mclu.conf",
      { host: { route: null, cards: [{ name: "eth9", mac: "52:54:00:00:00:09", wake: null }] } },
    ],
    [
      "wake",
      "problem",
      `mclu on would not wake it: none of its cards has the mac ${mac}`,
      "mclu exec ham0 -- ip link",
      { host: { cards: [] } },
    ],
  ])("of %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(wakeFinding(examined(different))).toEqual([{ check, verdict, detail, fix }]);
  });

  it("of wake-on-LAN says what mac to configure", () => {
    const { mac: _, ...without } = settings;
    const bare = (cards: HostFacts["cards"]) => wakeFinding({ ...examined({ host: { cards } }), settings: without });
    expect(bare(host.cards)).toMatchObject([
      { verdict: "warning", fix: `set mac = ${mac} in [node.ham0] of mclu.conf` },
    ]);
    expect(bare([])).toMatchObject([{ verdict: "warning", fix: "mclu exec ham0 -- ip link" }]);
    expect(wakeFinding(examined({ settings: { transport: "local" } }))).toEqual([]);
  });

  it("of peers names those that cannot be reached", () => {
    const peer = (name: string, answer: PeerAnswer) => ({
      name,
      answer,
      settings: { ...settings, host: name, user: "adm" },
    });
    expect(peersFinding(examined(), [])).toEqual([]);
    expect(peersFinding(examined(), [peer("ham1", "yes")])).toMatchObject([
      { verdict: "ok", detail: "logs in to ham1" },
    ]);
    expect(
      peersFinding(examined(), [peer("ham1", "no"), peer("ham2", "yes"), peer("ham3", "no"), peer("ham4", "key")]),
    ).toMatchObject([
      {
        verdict: "warning",
        detail: expect.stringContaining("cannot log in to ham1, ham3: "),
        fix: "on ham0, as the user that mclu works as there: ssh-copy-id adm@ham1, and ssh adm@ham1 once",
      },
      {
        verdict: "warning",
        detail: expect.stringContaining("knows another one, of ham4: "),
        fix: "on ham0, as the user that mclu works as there: ssh-keygen -R ham4, and ssh -o StrictHostKeyChecking=ask adm@ham4 once, which shows the key",
      },
    ]);
  });

  it("of jobs and ssh", () => {
    const left = (count: number) => jobsFinding(examined(), count);
    expect([0, 1, 2].map((count) => left(count).verdict)).toEqual(["ok", "warning", "warning"]);
    expect(left(2)).toMatchObject({
      detail: "2 things left by jobs: of moves, or of what was cut short",
      fix: "mclu gc ham0",
    });
    const kept = (isRoot: boolean, free: number, writable: boolean) =>
      jobsFinding(examined({ host: { isRoot, user: "adm", jobs: { path: "/var/lib/mclu", free, writable } } }), 0);
    expect(kept(true, 2 ** 30, true).verdict).toBe("ok");
    expect(kept(true, 2 ** 20, true)).toMatchObject({
      ...{ verdict: "problem", detail: "nearly full: /var/lib/mclu, where jobs go" },
      fix: "mclu gc ham0, and to see how full it is: mclu exec ham0 -- df -h /var/lib/mclu",
    });
    expect([true, false].map((isRoot) => kept(isRoot, 2 ** 30, false))).toMatchObject([
      { verdict: "problem", fix: "mclu exec ham0 -- findmnt -T /var/lib/mclu" },
      {
        detail: "adm may not write into /var/lib/mclu, where jobs go: no change can be made",
        fix: "mclu exec ham0 -- ls -ld /var/lib/mclu",
      },
    ]);
    expect(sshFinding(examined(), { kind: "openssh", reason: "certificate" }).detail).toContain("certificate");
    expect(sshFinding(examined(), undefined).detail).toBe("answers");
    expect(sshFinding(examined(), { kind: "ssh" }, false)).toEqual({
      check: "ssh",
      verdict: "warning",
      detail: "its sshd forwards no connections, which mclu ssh, cp and viewer go by",
      fix: "set AllowTcpForwarding yes in the sshd_config of ham0; what holds: mclu exec ham0 -- sshd -T",
    });
    expect(sshFinding(examined({ settings: { transport: "local" } }), undefined).detail).toContain("this machine");
  });
});
