import type { NodeDetails } from "../../src/libvirt/node-details.ts";
import type { NodeStatus } from "../../src/operations/status.ts";
import { renderNode } from "../../src/render/status.ts";
import { createStyle } from "../../src/render/style.ts";
import { must } from "./target.ts";

/** What no text on a terminal may hold: controls other than newlines, and what turns a line round. */
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** Throws where a text would make a terminal do something else than show it. */
export function printable(text: string): void {
  for (const line of text.split("\n")) must(!unprintable.test(line), "a control character", line);
}

/** A node whose details are these, as `status --wide` has it. */
export function renderWideStatus(details: NodeDetails): void {
  const node: NodeStatus = {
    ...{ node: "ham0", state: "on", cpus: 4, memory: 1, free: 1, details },
    used: { guests: 0, vcpus: 0, memory: 0 },
  };
  printable(renderNode(node, createStyle(false)));
}
