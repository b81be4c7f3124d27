import { statesQuery } from "../../../src/libvirt/change.ts";
import { customizeOptionsQuery } from "../../../src/libvirt/customize-options.ts";
import {
  definitionsOfQuery,
  namesQuery,
  snapshotXmlQuery,
  undefineOptionsQuery,
} from "../../../src/libvirt/definitions-query.ts";
import { secureXmlQuery } from "../../../src/libvirt/domain-query.ts";
import { domainStates } from "../../../src/libvirt/domains.ts";
import { guestLookQuery } from "../../../src/libvirt/guest-look.ts";
import { hostCpuQuery, moveFactsQuery } from "../../../src/libvirt/move-facts.ts";
import { powerOffQuery } from "../../../src/libvirt/power-off.ts";
import { libvirtVersionQuery, snapshotNamesQuery } from "../../../src/libvirt/snapshot-query.ts";
import { sumsQuery } from "../../../src/libvirt/sums-query.ts";
import { NodeError } from "../../../src/node/failure.ts";
import { isJobId } from "../../../src/node/jobs/job-id.ts";
import { reservationsQuery } from "../../../src/node/jobs/reservation.ts";
import { marksQuery } from "../../../src/operations/marked-bases.ts";
import { controlQuery, placeQuery } from "../../../src/operations/move/reach-target.ts";
import { type AnyTarget, count, must, same, uuidForm } from "../target.ts";
import { query } from "./query-target.ts";
import { capabilities, dominfo, names, smallDomain, uri, uuid } from "./recorded.ts";

const guests = [uuid(1), uuid(2)];
const needs = {
  ...{
    type: "kvm",
    arch: "x86_64",
    machine: "pc-q35-7.2",
    networks: ["default", "lab"],
    bridges: ["br0"],
    devices: ["eth1"],
    tpm: true,
  },
  cpu: { of: "guest", xml: "<cpu/>" },
} as const;
const reservation = `name\t77656231\t20261121T134500-abcd1234\t1073741824\t3\t12\tyes\tno\t77656231\tyes\n`;

/** Lines of a list, one of which is never empty, nor two. */
function areLines(lines: readonly string[], what: string): void {
  must(
    lines.every((line) => line !== "" && !line.includes("\n")),
    what,
    lines,
  );
}

export const changeQueryTargets: readonly AnyTarget[] = [
  query(
    "statesQuery",
    "as many answers as guests, each a state of libvirt's, gone, or null",
    [[`${uuid(1)}\n${uuid(2)}\n\n`, "running\n\n", "shut off\n\n", uri]],
    statesQuery(guests),
    (states) => {
      same(states.length, guests.length, "guests");
      for (const state of states)
        must(state === null || state === "gone" || domainStates.includes(state), "no state", state);
    },
  ),
  query("namesQuery", "as parseDomainNames", [[names]], namesQuery, (found) =>
    must(
      found.every(({ uuid, name }) => uuidForm.test(uuid) && name !== ""),
      "no guest",
      found,
    ),
  ),
  query(
    "definitionsOfQuery",
    "as many answers as guests; snapshots and checkpoints have names",
    [["<domain/>", "<domain/>", "one\n two\n\n", "", "<domain/>", "", "", "c\n", uri]],
    definitionsOfQuery(guests),
    (found) => {
      same(found.length, guests.length, "guests");
      for (const { snapshots, checkpoints } of found) areLines([...snapshots, ...checkpoints], "no name");
    },
  ),
  query(
    "snapshotNamesQuery",
    "as many answers as guests; snapshots have names",
    [["one\n two\n\n", "one\n", "", "", uri]],
    snapshotNamesQuery(guests),
    (found) => {
      same(found.length, guests.length, "guests");
      for (const { names, current } of found) {
        areLines(names, "no name");
        must(current !== "", "no name");
      }
    },
  ),
  query(
    "libvirtVersionQuery",
    "a whole number or null",
    [["Using API: QEMU 9.0.0\nRunning against daemon: 9.0.0\n", uri]],
    libvirtVersionQuery,
    (version) => count(version, "version"),
  ),
  query(
    "customizeOptionsQuery",
    "words of small letters, or an error",
    [["--append-line\n--run-command\n--hostname\n"]],
    customizeOptionsQuery,
    (options) =>
      must(
        [...(options ?? [])].every((one) => /^[a-z][a-z0-9-]*$/.test(one)),
        "no option",
      ),
  ),
  query(
    "undefineOptionsQuery",
    "words of small letters behind two dashes",
    [["  OPTIONS\n    [--domain] <string>  domain\n    --managed-save   remove\n    --nvram    remove\n"]],
    undefineOptionsQuery,
    (options) =>
      must(
        [...options].every((one) => /^--[a-z-]+$/.test(one)),
        "no option",
      ),
  ),
  query(
    "powerOffQuery",
    "one of its answers; what is said is of one line",
    [["failed\nFailed to connect to bus\n\n"]],
    powerOffQuery("qemu:///system"),
    (answer) => {
      if (answer.kind === "running") areLines(answer.guests, "no guest");
      if (answer.kind === "failed") areLines([answer.said], "no reason");
    },
  ),
  query(
    "moveFactsQuery",
    "what is missing was asked for; what stands against it is of one line",
    [[names], ["default\n\n", uri], [capabilities], ["error: the CPU is incompatible\n"], [""]],
    moveFactsQuery("qemu:///system", needs),
    ({ domains, missingNetworks, missingBridges, machine, cpu }) => {
      must(
        domains.every(({ uuid, name }) => uuidForm.test(uuid) && name !== ""),
        "no guest",
        domains,
      );
      must(
        missingNetworks.every((name) => needs.networks.some((one) => one === name)),
        "another network",
      );
      must(
        missingBridges.every((name) => name === "br0"),
        "another bridge",
      );
      areLines([machine ?? "-", cpu ?? "-"], "two lines");
    },
  ),
  query(
    "hostCpuQuery",
    "an element or null",
    [["<capabilities><host><cpu><arch>x86_64</arch></cpu></host></capabilities>\n", uri]],
    hostCpuQuery,
    (cpu) => must(cpu === null || cpu.startsWith("<"), "no element", cpu),
  ),
  query("secureXmlQuery", "as many answers as guests", [["<domain/>\n", "", uri]], secureXmlQuery(guests), (all) =>
    same(all.length, guests.length, "guests"),
  ),
  query(
    "snapshotXmlQuery",
    "as many answers as snapshots",
    [["<domainsnapshot/>\n", "", uri]],
    snapshotXmlQuery(guests.map((each) => ({ uuid: each, name: "one" }))),
    (found) => same(found.length, guests.length, "snapshots"),
  ),
  query(
    "guestLookQuery",
    "as many answers as guests; one that cannot be read is null",
    [[dominfo, smallDomain, "", dominfo, smallDomain, smallDomain, uri]],
    guestLookQuery(guests),
    (looks) => {
      same(looks.length, guests.length, "guests");
      for (const look of looks) must(look === null || (look.xml.now !== "" && look.xml.next !== ""), "no XML", look);
    },
  ),
  query(
    "reservationsQuery",
    "keys and ids have their form, numbers are from 0 up, names are an argument of a command; or a place that is not ours",
    [[`${reservation}planted\tis a symbolic link\t/x\n`]],
    reservationsQuery({ name: "ham0" }),
    (found) => {
      for (const { key, id, name, memory, order, age } of found) {
        must(/^[0-9a-f]{2,200}$/.test(key) && isJobId(id) && !name.includes("\0"), "no reservation", key);
        for (const each of [memory, order, age]) count(each, "a number of a reservation");
      }
    },
    [NodeError],
  ),
  query("marksQuery", "as many answers as guests", [["<base/>\n", "", uri]], marksQuery(guests), (marks) =>
    same(marks.length, guests.length, "guests"),
  ),
  query(
    "sumsQuery",
    "as many answers as files, each of 64 digits or null",
    [[`${"0a".repeat(32)}  -\nnone\n`]],
    sumsQuery(["/a", "/b"]),
    (sums) => {
      same(sums.length, 2, "files");
      for (const sum of sums) must(sum === null || /^[0-9a-f]{64}$/.test(sum), "no sum", sum);
    },
  ),
  query(
    "controlQuery",
    "whose libvirt it is, or why none, in one line",
    [["error: failed to connect to the hypervisor\nerror: Connection refused\n"], ["ham1\ne327ea8f\n"]],
    controlQuery("qemu+ssh://ham1/system"),
    (said) => areLines([...Object.values(said)], "two lines"),
  ),
  query(
    "placeQuery",
    "one of the places that were tried, or null",
    [["10.0.0.6\n"]],
    placeQuery("49152", "mclu-nonce", ["ham1", "10.0.0.6"]),
    (place) => must(place === null || ["ham1", "10.0.0.6"].includes(place), "another place", place),
  ),
];
