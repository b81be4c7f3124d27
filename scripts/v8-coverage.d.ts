/** The one function that is used of it; the package has no types. */
declare module "@bcoe/v8-coverage" {
  import type { Profiler } from "node:inspector";
  export function mergeProcessCovs(processes: readonly { readonly result: readonly Profiler.ScriptCoverage[] }[]): {
    result: Profiler.ScriptCoverage[];
  };
}
