import { describe, expect, it } from "vitest";
import { attachConsole } from "../../src/operations/console.ts";
import { withScreen } from "../../src/operations/viewer.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { oddXml } from "../support/odd-guest.ts";
import { testUuid } from "../support/test-driver.ts";

const uuid = testUuid(1);
const clusterWith = (devices: string) => fakeCluster({ ham0: () => [{ name: "web1", uuid, xml: oddXml(devices) }] });
const never = () => expect.fail("nothing is to be shown");
const adds = (what: string) => `mclu exec ham0 -- virt-xml ${uuid} --add-device --${what}; then stop and start it`;

describe("a console that nobody can type at", () => {
  it.each([
    ["", "web1 has no serial console", "console pty"],
    [
      "<serial type='tcp'><source mode='bind' host='127.0.0.1' service='4555'/></serial>",
      "web1 has no serial console that can be typed at: its serial port is of type tcp",
      "serial pty",
    ],
    [
      "<serial type='file'><source path='/a b'/></serial>",
      "web1 has no serial console that can be typed at: its serial port is of type file: /a b",
      "serial pty",
    ],
    ["<serial/>", "web1 has no serial console that can be typed at: its serial port is of type unknown", "serial pty"],
  ])("is refused of %j, with what gives it one", async (devices, message, fix) => {
    const attached = attachConsole(await clusterWith(devices), "web1", never, { size: { columns: 80, rows: 24 } });
    await expect(attached).rejects.toMatchObject({ exitCode: 6, message, hint: adds(fix) });
  });
});

describe("a screen that nobody can see", () => {
  it.each([
    ["", "web1 has no screen", ""],
    [
      "<graphics type='spice'><listen type='none'/></graphics>",
      "web1 has no screen that can be connected to: spice listens nowhere",
      "",
    ],
    ["<serial type='pty'/>", "web1 has no screen", "mclu console ham0/web1; or "],
  ])("is refused of %j, with what gives it one", async (devices, message, instead) => {
    const shown = withScreen(await clusterWith(devices), "web1", { local: "port" }, never);
    await expect(shown).rejects.toMatchObject({ exitCode: 6, message, hint: `${instead}${adds("graphics vnc")}` });
  });
});
