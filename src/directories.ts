import { isAbsolute, join } from "node:path";
import { homeDirectory } from "./account.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where this user's mclu keeps what it can afford to lose. */
export interface Directories {
  /** `$XDG_CACHE_HOME/mclu` */
  readonly cache: string;
  /** `$XDG_STATE_HOME/mclu` */
  readonly state: string;
}

/** A relative path in a variable is ignored, as the XDG specification wants. */
export function directoriesOf(env: Environment): Directories {
  const place = (xdg: string | undefined, usual: string) =>
    join(xdg && isAbsolute(xdg) ? xdg : join(homeDirectory(env), usual), "mclu");
  return { cache: place(env["XDG_CACHE_HOME"], ".cache"), state: place(env["XDG_STATE_HOME"], ".local/state") };
}
