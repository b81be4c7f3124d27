import type { Mark } from "./metadata-mark.ts";

/** Of a guest whose disks linked clones are based on: `start` looks at its images then. What is refused rests on those. */
export const baseMark: Mark = { namespace: "urn:mclu:base:1", key: "mclu-base", element: "<base/>" };
