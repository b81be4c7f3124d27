import { describe, expect, it } from "vitest";
import { attachConsole } from "../../src/operations/console.ts";
import { untilGone } from "../../src/operations/console-end.ts";
import { findOneGuest } from "../../src/operations/find-one-guest.ts";
import { withScreen } from "../../src/operations/viewer.ts";
import { type FakeGuest, fakeCluster } from "../support/fake-host.ts";
import { oddCluster } from "../support/odd-guest.ts";
import { testUuid } from "../support/test-driver.ts";

const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };

describe("a console that ended", () => {
  /** What is said of a guest that is in these states, one look after the other. */
  async function said(states: readonly FakeGuest["state"][], held: boolean, text = "") {
    const cluster = await fakeCluster({
      ham0: (asked) => [{ ...web1, state: states[Math.min(asked, states.length - 1)] ?? "running" }],
    });
    const { guest } = await findOneGuest(cluster, "web1");
    const how = { isHeld: async () => held, signal: undefined };
    return untilGone(cluster, guest, { code: 1, said: text }, how).then(
      () => "off",
      (error: Error) => error.message,
    );
  }

  it("is a guest's that is off by then, or another session's", async () => {
    expect(await said(["running", "running", "shut off"], false)).toBe("off");
    expect(await said(["running"], true)).toBe("another session took the console of web1 over");
  });

  it("of a guest that runs on has virsh's reason", async () => {
    expect(await said(["running"], false, "error: it is broken\nmore")).toBe(
      "the console of web1 ended on ham0: it is broken",
    );
    expect(await said(["running"], false)).toBe("the console of web1 ended on ham0: virsh's exit code is 1");
  });
});

describe("a guest without a console or a screen that is to be had", () => {
  const running = { state: "running" } as const;
  it("is one whose XML cannot be read", async () => {
    const lend = () => Promise.reject(new Error("nothing is lent"));
    const cluster = await oddCluster({ ...running, xml: "<domain" });
    await expect(attachConsole(cluster, "web1", lend, { size: { columns: 80, rows: 24 } })).rejects.toMatchObject({
      message: expect.stringMatching(/^web1 has no console that is known: /),
    });
    await expect(withScreen(cluster, "web1", { local: "port" }, async () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/^the screen of web1 is unknown: /),
    });
  });

  it.each([
    ["<graphics type='vnc' port='5900'/>", "web1 has no spice screen", "mclu viewer --type vnc ham0/web1"],
    ["<graphics type='spice' tlsPort='5901'/>", "the screen of web1 is to be had by TLS alone", "mclu info ham0/web1"],
  ])("is one that has %s alone", async (devices, message, hint) => {
    const cluster = await oddCluster({ ...running, devices });
    const look = withScreen(cluster, "web1", { local: "port", type: "spice" }, async () => undefined);
    await expect(look).rejects.toMatchObject({ exitCode: 6, message, hint });
  });
});
