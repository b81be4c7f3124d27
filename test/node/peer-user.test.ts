import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import type { Socket } from "node:net";
import { geteuid } from "node:process";
import { expect, it, onTestFinished } from "vitest";
import { ownClients } from "../../src/node/peer-user.ts";
import { openTunnel, type Tunnel } from "../../src/node/tunnel.ts";
import { anyClients, oneClient, spiceClient } from "../../src/node/tunnel-clients.ts";
import { connect, echo, isHungUp, link, say, to } from "./tunnel-ends.ts";

it.each([
  ["one connection", oneClient, (tunnel: Tunnel) => connect(tunnel).then((mine) => say(mine, Buffer.from("mine")))],
  ["SPICE", spiceClient, (tunnel: Tunnel) => connect(tunnel).then((mine) => say(mine, link(0)))],
])("lets no other user in at a port, who came first, and keeps the place: %s", async (_what, clients, use) => {
  const tunnel = await openTunnel({ local: "port", connect: to(await echo()), clients: ownClients(clients()) });
  onTestFinished(tunnel.close);
  const script = `exec 3<>/dev/tcp/127.0.0.1/${tunnel.port} && printf 'REDQ%016d' 0 >&3; cat <&3 | wc -c`;
  const other = spawn("bash", ["-c", script], { uid: 65534, gid: 65534 });
  const [heard] = await once(other.stdout.setEncoding("utf8"), "data");
  expect(heard).toBe("0\n");
  expect((await use(tunnel)).length).toBeGreaterThan(3);
});

it("lets in whom it is meant for, and nobody who has closed again, whom the system calls root", async () => {
  const admitted: string[] = [];
  const admit = ({ remoteAddress = "" }: Socket) => {
    admitted.push(remoteAddress);
    return "refused" as const;
  };
  const clients = { ...anyClients(), admit };
  const open = (users: number[]) =>
    openTunnel({ local: "port", connect: to({ socket: "/nowhere" }), clients: ownClients(clients, users) });
  const [tunnel, others] = [await open([geteuid?.() ?? 0]), await open([1])];
  for (const each of [tunnel, others]) await isHungUp(await connect(each));
  expect(admitted.splice(0)).toEqual(["127.0.0.1"]);
  // over before anybody here can look: what is left of it has no owner
  spawnSync("bash", ["-c", `exec 3<>/dev/tcp/127.0.0.1/${tunnel.port}`]);
  await isHungUp(await connect(tunnel));
  expect(admitted).toEqual(["127.0.0.1"]);
  for (const each of [tunnel, others]) each.close();
});
