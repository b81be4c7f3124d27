import { element, writeXml } from "../../libvirt/xml-writer.ts";
import type { JobFile } from "../../node/jobs/job-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import type { CarriedPlace } from "./carried-files.ts";

/** A directory of the target that is a pool of its libvirt while files are copied into it, and no longer. */
export interface OpenPlace extends CarriedPlace {
  /** Name of that pool. */
  readonly pool: string;
}

/** Pools for these directories; none for one that is the directory of a pool already. */
export function openPlaces(
  id: string,
  places: readonly CarriedPlace[],
  pools: ReadonlyMap<string, string>,
): readonly OpenPlace[] {
  return places
    .filter(({ directory }) => !pools.has(directory))
    .map((place, index) => ({ ...place, pool: `mclu-${id}-${index}` }));
}

/** Opens them, and makes those that are not there. */
export function openStage(places: readonly OpenPlace[]): string {
  return places
    .map(
      ({ directory, made }, index) =>
        `there pool-create "$MCLU_FILES/pool-${index}.xml"${made ? " --build" : ""} >/dev/null || mclu_fail pool ${quote(`the target cannot open ${directory}`)}\n`,
    )
    .join("");
}

/**
 * Functions of `sh`: `reopen_places` for what was copied into directories that were there before, `close_places` for all; a
 * target that is silent, or was switched off, has none of them any more.
 */
export function placeFunctions(places: readonly OpenPlace[]): string {
  const reopened = places
    .filter(({ made }) => !made)
    .map(
      ({ pool, directory }) =>
        `there pool-info ${pool} >/dev/null 2>&1 || there ${commandLine(["pool-create-as", pool, "dir", "--target", directory])} >/dev/null || return 1\n`,
    );
  return `reopen_places() {
${reopened.join("")}:
}
close_places() {
for pool in ${places.map(({ pool }) => pool).join(" ")}; do
tries=0
while there pool-info "$pool" >/dev/null 2>&1; do
if there pool-destroy "$pool" >/dev/null 2>&1; then break; fi
tries=$((tries + 1)); [ $tries -le 5 ] || return 1
sleep 1
done
done
}
`;
}

/** The definitions of those pools. */
export function placeFiles(places: readonly OpenPlace[]): readonly JobFile[] {
  return places.map(({ pool, directory, rights }, index) => {
    const target = element("target", {}, element("path", {}, directory), rights ? permissions(rights) : undefined);
    const xml = writeXml(element("pool", { type: "dir" }, element("name", {}, pool), target));
    return { name: `pool-${index}.xml`, source: { data: xml } };
  });
}

/** As the XML of pools and volumes has it. */
export function permissions({ mode, owner, group }: NonNullable<CarriedPlace["rights"]>) {
  return element(
    "permissions",
    {},
    element("mode", {}, `0${mode}`),
    element("owner", {}, String(owner)),
    element("group", {}, String(group)),
  );
}
