import { describe, expect, it } from "vitest";
import { libvirtFindings } from "../../../src/operations/doctor/libvirt-findings.ts";
import { examined, type Row } from "./examined.ts";

const modular = { programs: ["virsh", "virtqemud"], sockets: ["virtqemud-sock"] };
const bridge = { network: { kind: "bridge", name: "br0" } } as const;
const look = "see why libvirt refuses it: mclu virsh ham0 -- uri";

describe("what doctor finds of libvirt", () => {
  it.each<Row>([
    ["libvirt", "ok", "9.0.0, libvirtd", null, {}],
    [
      "libvirt",
      "ok",
      "of unknown version, modular daemons",
      null,
      {
        host: { programs: ["virsh", "virtqemud"], sockets: ["virtnetworkd-sock", "virtstoraged-sock"] },
        libvirt: { version: null },
      },
    ],
    [
      "libvirt",
      "problem",
      "virtstoraged does not run",
      "mclu exec ham0 -- systemctl enable --now virtstoraged.socket",
      { host: { ...modular, sockets: ["libvirt-sock", "virtqemud-sock", "virtnetworkd-sock"] } },
    ],
    [
      "libvirt",
      "problem",
      "virsh is not there",
      "mclu exec ham0 -- dnf install -y libvirt-client libvirt-daemon-kvm",
      { host: { programs: [], manager: "dnf" }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "virsh is not there",
      "mclu exec ham0 -- apt-get install -y libvirt-clients libvirt-daemon-system",
      { host: { programs: [], manager: null }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "virtqemud does not answer",
      "mclu exec ham0 -- systemctl enable --now virtqemud",
      { host: { ...modular, sockets: [] }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "libvirtd does not answer within 5 s",
      "mclu exec ham0 -- systemctl restart libvirtd",
      { libvirt: null, hung: true },
    ],
    [
      "libvirt",
      "problem",
      "virtnetworkd and virtstoraged does not run",
      "mclu exec ham0 -- systemctl enable --now virtnetworkd.socket virtstoraged.socket",
      { host: modular },
    ],
    ["rights", "ok", "root, by sudo may change guests", null, { settings: { become: "sudo" } }],
    [
      "rights",
      "problem",
      "adm may look at guests and not change them",
      "set become = sudo in [node.ham0] of mclu.conf",
      { host: { user: "adm", isRoot: false }, libvirt: { writable: false } },
    ],
    ["rights", "problem", "root may look at guests and not change them", look, { libvirt: { writable: false } }],
    [
      "rights",
      "problem",
      "root, by sudo may look at guests and not change them",
      look,
      { settings: { become: "sudo" }, libvirt: { writable: false } },
    ],
    [
      "kvm",
      "warning",
      "the module is not loaded: guests are emulated, slowly",
      "mclu exec ham0 -- modprobe kvm_intel",
      { host: { kvm: false, virtualization: "vmx" } },
    ],
    [
      "kvm",
      "warning",
      "the module is not loaded: guests are emulated, slowly",
      "mclu exec ham0 -- modprobe kvm_amd",
      { host: { kvm: false, virtualization: "svm" } },
    ],
    [
      "kvm",
      "warning",
      "the processor offers none (or its firmware has it off): guests are emulated, slowly",
      "switch VT-x (AMD: SVM) on in the firmware of ham0; where it is a guest itself, on its host",
      { host: { kvm: false, virtualization: null } },
    ],
    ["network", "ok", "the bridge br0 is active", null, { settings: bridge }],
    [
      "network",
      "problem",
      "there is no bridge br0",
      "network = NETWORK in [node.ham0] of mclu.conf",
      { settings: bridge, libvirt: { network: null } },
    ],
    [
      "network",
      "problem",
      "there is no network default",
      "mclu virsh ham0 -- net-list --all",
      { libvirt: { network: null } },
    ],
    [
      "network",
      "problem",
      "default is not active",
      "mclu virsh ham0 -- net-start default",
      { libvirt: { network: { active: false, autostart: true } } },
    ],
    [
      "network",
      "warning",
      "default will not be active after a reboot",
      "mclu virsh ham0 -- net-autostart default",
      { libvirt: { network: { active: true, autostart: false } } },
    ],
  ])("of libvirt: %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(libvirtFindings(examined(different))).toContainEqual({ check, verdict, detail, fix });
  });

  it("is not made of what libvirt did not say", () => {
    expect(libvirtFindings(examined({ libvirt: null })).map(({ check }) => check)).toEqual(["libvirt", "kvm"]);
  });
});
