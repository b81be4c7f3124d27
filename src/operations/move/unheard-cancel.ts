import type { NodeError } from "../../node/failure.ts";

/** A move was interrupted, and its node could not be told to end the job, which may go on. */
export class UnheardCancel extends Error {
  constructor(cause: NodeError) {
    super(cause.message, { cause });
    this.name = "UnheardCancel";
  }
}
