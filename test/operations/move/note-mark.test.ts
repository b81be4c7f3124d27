import { describe, expect, it } from "vitest";
import type { ChangeAnswer } from "../../../src/libvirt/change.ts";
import { UnheardChange } from "../../../src/node/failure.ts";
import { noteMark } from "../../../src/operations/move/note-mark.ts";
import { fakeCluster, lostNode } from "../../support/fake-host.ts";

const change = { uuid: "5f0c", name: "web1", actions: [] };

async function noted(answer: () => Promise<ChangeAnswer>) {
  const node = (await fakeCluster({ ham0: () => [] })).node("ham0");
  Object.assign(node, { change: answer });
  return noteMark(node, change, "its home");
}

describe("what is noted of a guest before it moves", () => {
  it("is there, or the move does not begin", async () => {
    await expect(noted(() => Promise.resolve({ kind: "done", left: [] }))).resolves.toBeUndefined();
  });

  it.each<[ChangeAnswer, string]>([
    [{ kind: "failed", done: 0, said: "error: no space left\n" }, "error: no space left"],
    [{ kind: "renamed", name: "web2" }, "the guest is named web2 now"],
    [{ kind: "gone" }, "the guest is no longer there"],
    [{ kind: "slow", done: 0 }, "libvirt did not come to its end"],
  ])("is refused with the reason why it is not: %o", async (answer, why) => {
    await expect(noted(() => Promise.resolve(answer))).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 6, hint: "mclu info ham0/web1" },
      message: `its home could not be noted: ${why}; it was not moved`,
    });
  });

  it("is the silence of its node where nobody heard whether it was done, and a bug where it is one", async () => {
    const unheard = noted(() => Promise.reject(new UnheardChange(lostNode)));
    await expect(unheard).rejects.toMatchObject({ name: "NodeError", silence: lostNode });
    await expect(noted(() => Promise.reject(new TypeError("a bug")))).rejects.toThrow(TypeError);
  });
});
