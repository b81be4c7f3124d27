import { expect, it } from "vitest";
import { moveFunctions } from "../../../src/operations/move/move-shell.ts";
import { migrateStage } from "../../../src/operations/move/move-stages.ts";
import { runStages } from "../../support/run-stages.ts";

const uuid = "e327ea8f-da7c-4841-ac19-942d2b4e0f9d";
const functions = moveFunctions({
  ...{ uuid, here: "here:///", there: "there:///", paused: false, target: "ham1", id: "id" },
  ...{ firmware: undefined, places: [], sharedNvram: false },
});

/** A virsh of two nodes that both answer; the guest is on the one that the file `where` names. */
const virsh = `node=\${3%%:*}
shift 3
read -r where <"$MCLU_JOB/where"
case $1 in
list) [ $node != $where ] || echo ${uuid} ;;
uri) echo there ;;
domjobabort) : >"$MCLU_JOB/aborted" ;;
esac`;

it("a move goes on where the node's clock is set forward meanwhile", () => {
  const steps = `[ ! -e "$MCLU_JOB/tmp/virsh" ] || set -- -d '1 day' "$@"; exec /usr/bin/date "$@"`;
  const move = ["sh", "-c", 'sleep 3; echo there >"$MCLU_JOB/where"'];
  const script = `mkdir -p "$MCLU_JOB/tmp"; echo here >"$MCLU_JOB/where"\n${functions}${migrateStage(move, [])}`;
  const run = runStages([{ name: "migrate", script }], { programs: { virsh, date: steps } });
  expect([run.status, run.job("reason")]).toEqual([0, null]);
  expect([run.job("committed"), run.job("aborted")]).toEqual(["", null]);
});
