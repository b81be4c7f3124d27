import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import type { DoctorFacts } from "../../src/libvirt/doctor-facts.ts";
import type { NodeDetails } from "../../src/libvirt/node-details.ts";
import { buildFindings } from "../../src/operations/doctor/build-findings.ts";
import { libvirtFindings } from "../../src/operations/doctor/libvirt-findings.ts";
import { clockFinding, wakeFinding } from "../../src/operations/doctor/node-findings.ts";
import type { NodeStatus } from "../../src/operations/status.ts";
import type { GuestLoad, Load } from "../../src/operations/top/load.ts";
import { renderDoctor } from "../../src/render/doctor.ts";
import { renderNode } from "../../src/render/status.ts";
import { createStyle } from "../../src/render/style.ts";
import { renderFrame } from "../../src/render/top/frame.ts";
import { displayWidth } from "../../src/render/width.ts";
import { must } from "./target.ts";

/** What no text on a terminal may hold: controls other than newlines, what turns a line round, and what nobody sees. */
const unprintable =
  /[\p{Cc}\u00ad\u061c\u115f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u206f\u2800\u3164\u{e0000}-\u{e01ef}]/u;

/** Throws where a text would make a terminal do something else than show it. */
export function printable(text: string): void {
  for (const line of text.split("\n")) must(!unprintable.test(line), "a control character", line);
}

/** A node and its guests, as `top` has them on a screen: no line wider than that. */
export function renderTop(load: Load, guests: readonly GuestLoad[]): void {
  const report = {
    nodes: [{ node: "ham0", state: "on", seen: 9, ...load }],
    guests: guests.map((guest) => ({ ...guest, node: "ham0" })),
    remembered: guests.map(({ name, uuid }) => ({ name, uuid, node: "ham1", active: true, seen: 1 })),
  } as const;
  const view = { sort: "cpu", running: false, filter: "", typing: false, section: "both", offset: 0 } as const;
  const options = { size: { columns: 80, rows: 12 }, style: createStyle(false), now: 9, seconds: 2, guests: 1 };
  for (const line of renderFrame(report, view, options).lines) {
    printable(line);
    must(displayWidth(line) <= 80, "a line that is too wide", line);
  }
}

/** A node whose details are these, as `status --wide` has it. */
export function renderWideStatus(details: NodeDetails): void {
  const node: NodeStatus = {
    ...{ node: "ham0", state: "on", cpus: 4, memory: 1, free: 1, details },
    used: { guests: 0, vcpus: 0, memory: 0 },
  };
  printable(renderNode(node, createStyle(false)));
}

/** What `doctor` finds, as it is shown; an answer with a NUL is refused before anybody reads it. */
export function renderFindings(facts: DoctorFacts): void {
  if (JSON.stringify(facts).includes("\\u0000")) return;
  const settings = { ...nodeDefaults, name: "ham0", host: "ham0", uri: "qemu:///system" };
  const examined = { settings: { ...settings, mac: "52:54:00:00:00:01" }, facts };
  const findings = [
    ...libvirtFindings(examined),
    ...buildFindings(examined),
    ...wakeFinding(examined),
    clockFinding(examined, { asked: 9, answered: 9 }),
  ];
  printable(renderDoctor({ nodes: [{ node: "ham0", state: "on", findings }] }, true, createStyle(false)));
}
