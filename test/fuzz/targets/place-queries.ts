import { allocatedQuery } from "../../../src/libvirt/allocated-query.ts";
import { baseHintQuery } from "../../../src/libvirt/base-hint.ts";
import { deviceSizesQuery } from "../../../src/libvirt/device-sizes-query.ts";
import { ownedFilesQuery, ownersQuery } from "../../../src/libvirt/owned-files-query.ts";
import { roomQuery } from "../../../src/libvirt/room-query.ts";
import { templateRoomQuery } from "../../../src/libvirt/template-room.ts";
import { type AnyTarget, count, must, same } from "../target.ts";
import { query } from "./query-target.ts";

/** What is asked about the places that a guest moves to. */
export const placeQueryTargets: readonly AnyTarget[] = [
  query(
    "baseHintQuery",
    "as many answers as files",
    [["yes\n"], ["closed\n"], ["no\n"]],
    baseHintQuery(["/a", "/b"].map((directory) => ({ directory, name: "x" }))),
    (hints) => same(hints.length, 2, "files"),
  ),
  query(
    "ownedFilesQuery",
    "sizes are finite numbers, modes are digits",
    [["f 600 tss tss 1234 /v/a b\nd 711 root root 40 /v\n"]],
    ownedFilesQuery(["/v"]),
    (files) => {
      for (const { size, mode } of files) {
        count(size, "size");
        must(/^\d+$/.test(mode), "no mode", mode);
      }
    },
  ),
  query(
    "ownersQuery",
    "no names but those that were asked about, and finite numbers",
    [["0\n100\n"], ["0\nnone\n"]],
    ownersQuery(["root", "tss"], ["root", "tss"]),
    ({ users, groups }) => {
      for (const [name, number] of [...users, ...groups]) {
        must(name === "root" || name === "tss", "another name", name);
        count(number, "a number");
      }
    },
  ),
  query(
    "roomQuery",
    "as many answers as directories, finite numbers",
    [["64769 1000 4096\n64770 2000 4096 hidden\n"]],
    roomQuery(["/a", "/b"]),
    (rooms) => {
      same(rooms.length, 2, "directories");
      for (const { free } of rooms) count(free, "free");
    },
  ),
  query(
    "allocatedQuery",
    "as many answers as files, finite numbers",
    [["8 512\n0 0\n"]],
    allocatedQuery(["/a", "/b"]),
    (sizes) => {
      same(sizes.length, 2, "files");
      for (const size of sizes) count(size, "size");
    },
  ),
  query(
    "deviceSizesQuery",
    "as many answers as devices, finite numbers or none",
    [["size 2048\nsize none\n"]],
    deviceSizesQuery(["/dev/a", "/dev/b"]),
    (sizes) => {
      same(sizes.length, 2, "devices");
      for (const size of sizes) if (size !== null) count(size, "size");
    },
  ),
  query(
    "templateRoomQuery",
    "finite numbers or none",
    [
      [
        'cache /root/.cache/virt-builder\ncached\nfree 1000\nindex\n{ "version": 1, "templates": [{ "compressed-size": "1000", "size": 2000 }] }\n',
      ],
    ],
    templateRoomQuery("tiny"),
    ({ free, fetched, virtual }) => {
      for (const bytes of [free, fetched, virtual]) if (bytes !== null) count(bytes, "bytes");
    },
  ),
];
