import type { Mark } from "./metadata-mark.ts";

/** Of a guest whose disks linked clones are based on. It is a hint to people: what is refused rests on the images themselves. */
export const baseMark: Mark = { namespace: "urn:mclu:base:1", key: "mclu-base", element: "<base/>" };
