import type { Graphics } from "./domain-details.ts";

/** Where a guest's screen is to be had on its node. */
export interface Screen {
  readonly type: "vnc" | "spice";
  readonly at: { readonly host: string; readonly port: number } | { readonly socket: string };
}

/** The screens of a guest that can be reached without TLS, in the order of its XML; it has ports only while it runs. */
export function screensOf(graphics: readonly Graphics[]): readonly Screen[] {
  return graphics.flatMap(({ type, port, listen, socket }): Screen[] => {
    if (type !== "vnc" && type !== "spice") return [];
    if (socket !== null) return [{ type, at: { socket } }];
    return port === null ? [] : [{ type, at: { host: hostOf(listen), port } }];
  });
}

/** An address to connect to; one that stands for all addresses is the node's own loopback. */
function hostOf(listen: string | null): string {
  if (listen === null || listen === "" || listen === "0.0.0.0") return "127.0.0.1";
  return listen === "::" ? "::1" : listen;
}
