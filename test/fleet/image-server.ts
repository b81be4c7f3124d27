import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Fleet } from "./fleet.ts";

/** A web server with one image, under whatever path. */
export interface ImageServer {
  readonly url: string;
  readonly image: Buffer;
  /** `PATH CODE` of every request: 304 where the asker has it already. Of `/half` only half comes, and then nothing. */
  readonly asked: string[];
  close(): void;
}

/** Serves the tiny guest's disk on an address of this machine that nodes reach. */
export async function serveImage(fleet: Fleet, address: string): Promise<ImageServer> {
  // a node's own view of the built guests
  const pid = readFileSync(join(fleet.dir, "ham0/pid"), "utf8").trim();
  const image = readFileSync(`/proc/${pid}/root/run/fleet/repo/tiny.qcow2`);
  const asked: string[] = [];
  const changed = new Date(1e12).toUTCString();
  const server = createServer((request, response) => {
    const same = request.headers["if-modified-since"] === changed;
    asked.push(`${request.url} ${same ? 304 : 200}`);
    response.writeHead(same ? 304 : 200, { "last-modified": changed });
    if (request.url === "/half") response.write(image.subarray(0, image.length / 2));
    else response.end(same ? undefined : image);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${address}:${port}`,
    image,
    asked,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
