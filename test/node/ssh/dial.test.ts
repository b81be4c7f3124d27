import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { describe, expect, it, onTestFinished } from "vitest";
import { dialHost } from "../../../src/node/ssh/dial.ts";
import type { SshSettings } from "../../../src/node/ssh/ssh-settings.ts";
import { silenceOf } from "../openssh/world.ts";
import { settingsWith } from "./settings.ts";

/** The address that a server of this machine sees when it is dialled so. */
async function seenFrom(special: Partial<SshSettings>, host = "127.0.0.1"): Promise<string | undefined> {
  const server = createServer();
  await once(server.listen(0, host), "listening");
  onTestFinished(() => void server.close());
  const accepted = once(server, "connection");
  const { port } = server.address() as AddressInfo;
  const dialled = await dialHost(settingsWith({ hostname: host, port, ...special }), { node: "ham0", deadline: 5 });
  const [socket] = await accepted;
  dialled.destroy();
  return socket.remoteAddress;
}

const addresses = Object.entries(networkInterfaces()).flatMap(([name, of = []]) => of.map((one) => ({ name, ...one })));
const loopback = addresses.find(({ address }) => address === "127.0.0.1")?.name ?? "";

describe("BindAddress and BindInterface", () => {
  it("are where a connection comes from", async () => {
    for (const { name, address } of addresses.filter(({ family }) => family === "IPv4")) {
      const first = addresses.find((each) => each.name === name && each.family === "IPv4");
      expect([name, await seenFrom({ bindInterface: name }, address)]).toEqual([name, first?.address]);
    }
  });

  it("count in this order", async () => {
    expect(await seenFrom({ bindInterface: "none0", bindAddress: "127.0.0.9" })).toBe("127.0.0.9");
  });

  it("serve for a host that has a name", async () => {
    const named = { hostname: "localhost", addressFamily: "inet" } as const;
    expect(await seenFrom({ ...named, bindAddress: "127.0.0.9" })).toBe("127.0.0.9");
    expect(await seenFrom({ ...named, bindInterface: loopback })).toBe("127.0.0.1");
  });

  it("are said where an interface is not there, or has no address", async () => {
    const silence = (hostname: string, bindInterface: string) =>
      silenceOf(dialHost(settingsWith({ hostname, bindInterface }), { node: "ham0", deadline: 5 }));
    expect(await silence("127.0.0.1", "none0")).toEqual({
      state: "failed",
      reason: "no-network",
      detail: "BindInterface none0 is not there, or has no address",
      hint: "ip address",
    });
    const single = addresses.find(
      ({ name }) => !addresses.some((each) => each.name === name && each.family === "IPv4"),
    );
    if (single)
      expect(await silence("127.0.0.1", single.name)).toMatchObject({
        detail: `BindInterface ${single.name} has no address of a family of 127.0.0.1`,
      });
  });
});
