import { expect } from "vitest";
import { rowOf } from "./bench.ts";
import { matrix } from "./matrix.ts";

const { survives } = matrix("In mid-answer", { net: "10.104.0", nodes: 2 });

survives("the session is killed on the node", { breaks: { ham1: "libvirtd-frozen" } }, async (bench) => {
  const argv = ["status", "-o", "json", "ham0", "ham1"];
  const running = bench.mclu(argv);
  await bench.virshRuns("ham1");
  await bench.fleet.node("ham1").enter("pkill -KILL -f '[s]shd: root@notty'");
  const result = await running;
  expect(rowOf(result, "ham0").state).toBe("on");
  const { reason, hint } = rowOf(result, "ham1");
  expect([reason, hint, result.code]).toEqual(["lost", "mclu status", 3]);
  return { argv, result, reason, hint };
});
