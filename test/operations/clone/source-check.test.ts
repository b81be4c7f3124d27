import { expect, it } from "vitest";
import { sourceCheck } from "../../../src/operations/clone/source-check.ts";
import { runStages } from "../../support/run-stages.ts";
import { testUuid } from "../../support/test-driver.ts";

const uuid = testUuid(1);
const other = testUuid(2);

/** @param virsh what it does by its command, `$5` */
function endOf(virsh: string): string | null {
  const script = `${sourceCheck("qemu:///system", { name: "it's", uuid })}\nmclu_source`;
  const { status, job } = runStages([{ name: "prepare", script }], { programs: { virsh } });
  expect(status === 0).toBe(job("reason") === null);
  return job("reason");
}

const says = (name: string, state: string) =>
  `case $5 in domname) echo ${name} ;; domstate) echo ${state} ;; *) exit 9 ;; esac`;
const lists = (guests: string) => `case $5 in list) ${guests} ;; *) exit 1 ;; esac`;

it("goes on with the guest that was looked at, while it rests", () => {
  expect(endOf(says('"it\'s"', "shut off"))).toBeNull();
});

it.each([
  ["another name", says("web2", "shut off"), "changed the source is called web2 by now"],
  ["been started", says('"it\'s"', "running"), "changed the source is running by now: "],
  ["been replaced", lists(`echo ${other}`), "changed libvirt does not know the source any more"],
  ["no libvirt to tell of it", "exit 1", "source libvirt does not say what the source is"],
  ["a libvirt that lists it and says no more", lists(`echo ${uuid}`), "source libvirt does not say what the source is"],
])("ends the job of a source that has %s", (_what, virsh, reason) => {
  expect(endOf(virsh)).toContain(reason);
});
