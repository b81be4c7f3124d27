import { exitCodes } from "../errors.ts";
import { whatIsKnown } from "../operations/what-is-known.ts";
import { renderWelcome } from "../render/welcome.ts";
import type { Context } from "./context.ts";

/** What `mclu` alone does: says what to type next. Connects to nothing; a configuration that is wrong is an error. */
export async function welcome({ terminal, style, configuration }: Context): Promise<number> {
  terminal.out(renderWelcome(await whatIsKnown(configuration()), style, terminal.size?.columns));
  return exitCodes.done;
}
