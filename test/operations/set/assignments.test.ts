import { describe, expect, it } from "vitest";
import { isAssignment, parseAssignments } from "../../../src/operations/set/assignments.ts";

describe("parseAssignments", () => {
  it("reads what can be set", () => {
    const words = ["vcpus=4", "memory=1.5G", "boot=cdrom,hd", "description=a = b", "autostart=no"];
    expect(parseAssignments(words)).toEqual({
      vcpus: 4,
      memory: 1.5 * 1024 ** 3,
      boot: ["cdrom", "hd"],
      description: "a = b",
      autostart: false,
    });
    expect(parseAssignments(["description="])).toEqual({ description: "" });
    // libvirt counts in KiB
    expect(parseAssignments(["memory=5000001B"])).toEqual({ memory: 5000192 });
  });

  it.each([
    [[], "nothing is to be set"],
    [["cpus=2"], "did you mean vcpus?"],
    [["colour=red"], /^colour=red sets nothing that mclu knows$/],
    [["vcpus"], "vcpus sets nothing that mclu knows"],
    [["vcpus=2", "vcpus=3"], "vcpus is given twice"],
    [["vcpus=0"], "expected a whole one from 1"],
    [["vcpus=2.5"], "expected a whole one from 1"],
    [["memory=512"], "the unit is missing"],
    [["memory=512K"], "expected 4M or more"],
    [["boot=floppy"], "expected hd, cdrom, network"],
    [["boot=hd,hd"], "names a device twice"],
    [["boot="], "expected hd, cdrom, network"],
    [["autostart=true"], "expected autostart=yes or autostart=no"],
    [["description=\u001b[2J"], "a character that libvirt cannot keep"],
  ])("refuses %j and says what was expected", (words, message) => {
    expect(() => parseAssignments(words)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringMatching(message) }),
    );
  });

  it("is told from a guest's name by its beginning", () => {
    expect(["vcpus=2", "cpus=2", "MEMORY=1"].map(isAssignment)).toEqual([true, true, true]);
    expect(["web1", "ham0/a=b", "web-1=x", "=x"].map(isAssignment)).toEqual([false, false, false, false]);
  });
});
