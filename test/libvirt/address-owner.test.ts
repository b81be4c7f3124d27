import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { addressOwnersQuery } from "../../src/libvirt/address-owner.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const address = "127.0.0.9";

/** What the query finds on a node whose `ip` knows this. */
function ownerWhere(route: string, neighbour: string, port = 1) {
  const bin = temporaryDirectory();
  const program = `#!/bin/sh\ncase $* in route*) ${route} ;; *' dev br0') echo '${neighbour}' ;; esac\n`;
  writeFileSync(join(bin, "ip"), program, { mode: 0o755 });
  const { steps, parse } = addressOwnersQuery([address], port);
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"]}` };
  return parse(
    steps.map((step) => {
      const [file = "", ...args] = "run" in step ? step.run : [];
      return { code: 0, texts: [execFileSync(file, args, { env, encoding: "utf8" })] };
    }),
  );
}

const neighbour = "127.0.0.9 lladdr 52:54:00:00:00:0A STALE";

it("finds the node itself, a neighbour's card, and nobody behind a router or where nothing is known", () => {
  expect(ownerWhere("echo 'local 127.0.0.9 dev lo src 127.0.0.9'", neighbour)).toEqual([
    { address, isNode: true, macs: [], isOpen: false },
  ]);
  expect(ownerWhere("echo '127.0.0.9 dev br0 src 127.0.0.1'", neighbour)).toEqual([
    { address, isNode: false, macs: ["52:54:00:00:00:0a"], isOpen: false },
  ]);
  const unknown = [{ address, isNode: false, macs: [], isOpen: false }];
  expect(ownerWhere("echo '127.0.0.9 via 10.0.0.1 dev eth0'", neighbour)).toEqual(unknown);
  expect(ownerWhere("echo '127.0.0.9 dev br0'", "127.0.0.9 FAILED")).toEqual(unknown);
  // somebody on another network may have made himself known under this address
  expect(ownerWhere("echo '127.0.0.9 dev eth0 src 127.0.0.1'", neighbour)).toEqual(unknown);
  expect(ownerWhere("exit 2", neighbour)).toEqual(unknown);
  expect(addressOwnersQuery([address]).parse([])).toEqual(unknown);
});

it("tells where somebody takes a connection", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, address);
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  expect(ownerWhere("echo '127.0.0.9 dev br0 src 127.0.0.1'", neighbour, port)).toEqual([
    { address, isNode: false, macs: ["52:54:00:00:00:0a"], isOpen: true },
  ]);
});
