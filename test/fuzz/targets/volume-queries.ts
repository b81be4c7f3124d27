import { savedQuery, savedXmlQuery, withSnapshotsQuery } from "../../../src/libvirt/definitions-query.ts";
import { volumeHeadsQuery } from "../../../src/libvirt/volume-heads.ts";
import { refreshPoolsQuery, volumeImagesQuery, volumeNamesQuery } from "../../../src/libvirt/volume-images.ts";
import { type AnyTarget, must, same, uuidForm } from "../target.ts";
import { query } from "./query-target.ts";
import { uri, uuid } from "./recorded.ts";

const volumes = [
  { pool: uuid(1), name: "a" },
  { pool: uuid(1), name: "b" },
];

/** Who has which file, where only libvirt can tell. */
export const volumeQueryTargets: readonly AnyTarget[] = [
  query(
    "volumeNamesQuery",
    "as many answers as pools; names that are one of a directory, or nothing of the pool",
    [[" Name   Path\n----------------\n a b   /i/a b\n\n"]],
    volumeNamesQuery([{ uuid: uuid(1), directory: "/i" }]),
    (pools) => {
      same(pools.length, 1, "pools");
      for (const names of pools)
        must(
          names?.every(({ pool, name }) => pool === uuid(1) && name !== "" && !name.includes("/")) ?? true,
          "a name",
          names,
        );
    },
  ),
  query(
    "volumeImagesQuery",
    "as many answers as volumes; null where no path is said",
    [["<volume><target><path>/i/a</path></target><backingStore><path>/i/b</path></backingStore></volume>"]],
    volumeImagesQuery([{ pool: uuid(1), name: "a" }]),
    (images) => {
      same(images.length, 1, "volumes");
      must(
        images.every((image) => image === null || image.file !== ""),
        "no path",
        images,
      );
    },
  ),
  query(
    "refreshPoolsQuery",
    "as many answers as pools, each yes or no",
    [["Pool default refreshed\n", "", uri]],
    refreshPoolsQuery([
      { uuid: uuid(1), directory: "/i" },
      { uuid: uuid(2), directory: "/j" },
    ]),
    (refreshed) => {
      same(refreshed.length, 2, "pools");
      must(
        refreshed.every((each) => typeof each === "boolean"),
        "neither",
        refreshed,
      );
    },
  ),
  query(
    "volumeHeadsQuery",
    "as many answers as volumes, each a word that is known; vague where none could be read",
    [["plain\nbased\n"]],
    volumeHeadsQuery("qemu:///system", "/i", volumes),
    (heads) => {
      same(heads.length, 2, "volumes");
      must(
        heads.every((head) => ["plain", "based", "vague"].includes(head)),
        "another word",
        heads,
      );
    },
  ),
  ...Object.entries({ savedQuery, withSnapshotsQuery }).map(([name, asked]) =>
    query(name, "UUIDs of their form, or an error", [[`${uuid(1)}\n${uuid(2)}\n\n`]], asked, (found) =>
      must(
        found.every((each) => uuidForm.test(each)),
        "no UUID",
        found,
      ),
    ),
  ),
  query(
    "savedXmlQuery",
    "the guests that were asked about, and a text of each",
    [["<domain/>", "", uri]],
    savedXmlQuery([uuid(1), uuid(2)]),
    (found) => same([...found.keys()].join(" "), `${uuid(1)} ${uuid(2)}`, "guests"),
  ),
];
