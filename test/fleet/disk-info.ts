import { expect } from "vitest";
import type { FleetNode } from "./fleet.ts";

/** Expects a qcow2 disk of so many bytes, as its guest sees it. */
export async function expectDisk(node: FleetNode, path: string, bytes: number | null): Promise<void> {
  const info: unknown = JSON.parse(await node.enter(`qemu-img info -U --output=json ${path}`));
  expect(info).toMatchObject({ format: "qcow2", "virtual-size": bytes });
}
