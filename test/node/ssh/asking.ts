import { NodeError, type NodeSilence } from "../../../src/node/failure.ts";
import type { Node } from "../../../src/node/node.ts";
import { makeNonce, runScript } from "../../../src/node/run-script.ts";
import { adminKey } from "../../support/ssh-world.ts";

/** Whom test servers let in. */
export const authorized = [adminKey.public];

/** Why a promise was rejected, as reports have it. */
export async function silenceOf(promise: Promise<unknown>): Promise<NodeSilence> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (error instanceof NodeError) return error.silence;
  throw new Error(`not a NodeError: ${error}`);
}

/** Runs a command and gives its end and both streams. */
export async function run(node: Node, shell: string) {
  let stdout = "";
  let stderr = "";
  const end = await node.stream(
    { shell },
    {
      onStdout: (chunk) => {
        stdout += chunk;
      },
      onStderr: (chunk) => {
        stderr += chunk;
      },
    },
  );
  return { end, stdout, stderr };
}

/** A script run as a query's is. */
export async function ask(
  node: Node,
  body: string,
  { deadline = 5, signal }: { deadline?: number; signal?: AbortSignal } = {},
) {
  const transport = await node.transport({ patient: true });
  return runScript(transport, body, makeNonce(), { become: "none", login: "", deadline, signal });
}
