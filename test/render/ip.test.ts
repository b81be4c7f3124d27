import { expect, it } from "vitest";
import { info } from "../../src/operations/info.ts";
import { ip } from "../../src/operations/ip.ts";
import { renderInfo } from "../../src/render/info.ts";
import { addressListing } from "../../src/render/ip.ts";
import { createStyle } from "../../src/render/style.ts";
import { renderTable } from "../../src/render/table.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const mac = "52:54:00:00:00:01";
const xml = `<domain type='kvm'><name>web1</name><uuid>${testUuid(1)}</uuid><devices>
<interface type='bridge'><mac address='${mac}'/><source bridge='br0'/><target dev='vnet0'/></interface></devices></domain>`;
const remembered = ` Name       MAC address          Protocol     Address
-------------------------------------------------------------------------------
 vnet0      ${mac}    ipv4         10.0.0.5/0

`;

it("calls an address a guess that nothing but the node's ARP table knows, in ip and in info", async () => {
  const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid: testUuid(1), xml }] }, "", {
    virsh: ([command, ...args]) => (command === "domifaddr" && args.includes("arp") ? remembered : undefined),
    run: ([command]) => (command === "date" ? "2026-11-21 12:00:00\n" : ""),
  });
  const style = createStyle(false);
  const { rows, columns } = addressListing(await ip(cluster, { guests: ["web1"] }));
  const narrow = columns.filter(({ wide }) => !wide);
  expect(renderTable(rows, narrow, { header: true, style })).toBe(
    `NAME  NODE  ADDRESS   SOURCE         MAC                NETWORK  INTERFACE
web1  ham0  10.0.0.5  arp (a guess)  ${mac}  br0      vnet0
`,
  );
  expect(renderInfo(await info(cluster, ["web1"]), style)).toMatch(
    new RegExp(`^ {2}${mac}  bridge br0  - +vnet0 +10\\.0\\.0\\.5\\S* +arp \\(a guess\\)$`, "m"),
  );
});
