import { isIPv4 } from "node:net";
import { addressOwnersQuery } from "../../../src/libvirt/address-owner.ts";
import { buildFactsQuery } from "../../../src/libvirt/build-facts.ts";
import { buildHostQuery } from "../../../src/libvirt/build-host.ts";
import { consoleHeldQuery } from "../../../src/libvirt/console.ts";
import { doctorQuery } from "../../../src/libvirt/doctor-facts.ts";
import { fileKindsQuery } from "../../../src/libvirt/file-kinds.ts";
import { filesQuery } from "../../../src/libvirt/files-query.ts";
import { imageScanQuery } from "../../../src/libvirt/image-scan.ts";
import { networkMountsQuery } from "../../../src/libvirt/mounts-query.ts";
import { broadcastQuery, neighbourQuery } from "../../../src/libvirt/neighbour.ts";
import { hasNetworkQuery } from "../../../src/libvirt/network-query.ts";
import { nodeLimitsQuery } from "../../../src/libvirt/node-limits.ts";
import { poolPlaceQuery } from "../../../src/libvirt/pool-place.ts";
import { activePoolsQuery, allPoolsQuery, poolsQuery, volumesQuery } from "../../../src/libvirt/pools-query.ts";
import type { Query } from "../../../src/libvirt/query.ts";
import { sshProbe } from "../../../src/libvirt/ssh-probe.ts";
import { stampsQuery } from "../../../src/libvirt/stamps-query.ts";
import { sudoQuery } from "../../../src/libvirt/sudo-query.ts";
import { imageQuery } from "../../../src/operations/disk/source.ts";
import { renderFindings } from "../holds.ts";
import { type AnyTarget, count, must, same, uuidForm } from "../target.ts";
import { query } from "./query-target.ts";
import { capabilities, nodeInfo, poolInfo, smallPool, uri, uuid } from "./recorded.ts";

const network = { kind: "network", name: "default" } as const;
const host = `now\t1700000000\nuid\t1000\nuser\tadmin\nprogram\tvirsh\nprogram\tqemu-img\nversion\tlibguestfs\t1.48.4
manager\tapt-get\nsocket\tlibvirt-sock\nunreadable\t/boot/vmlinuz-6.1\ndirectory\t/i\nwritable\nspace\t/i\t2000\t1000
route\teth0\ncard\teth0\t52:54:00:00:00:01\td\npeer\t0\tyes\nend\n`;
const buildHost = "taken /i/web1.qcow2\nuid 0\nhome /root\nmissing virt-builder\nwritable\nfree 1000\nclosed /i\nend\n";
const scan = `{
    "virtual-size": 10,
    "filename": "/i/a",
    "format": "qcow2",
    "backing-filename": "b"
}
!2f692f62
`;
const interfaces = "2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\\       valid_lft forever\n";

/** Those that say yes or no, all of the same answer. */
const verdicts: readonly Query<boolean>[] = [
  sshProbe("10.0.0.9"),
  sudoQuery("qemu:///system"),
  broadcastQuery(Buffer.alloc(102), "10.0.0.255"),
  hasNetworkQuery(network),
  hasNetworkQuery({ kind: "bridge", name: "br0" }),
  consoleHeldQuery("/dev/pts/1"),
  networkMountsQuery,
];

const texts = (all: readonly unknown[]) => all.every((text) => typeof text === "string" && text !== "");

export const lookQueryTargets: readonly AnyTarget[] = [
  query(
    "doctorQuery",
    "sizes are finite numbers or null, and `doctor` shows what comes of it",
    [["Using library: libvirt 9.0.0\n", poolInfo, "Name: default\nActive: yes\nAutostart: yes\n", uri], [uri], [host]],
    doctorQuery({ uri: "qemu:///system", pool: "default", network, peers: [] }),
    (facts) => {
      count(facts.libvirt?.pool?.capacity ?? null, "capacity");
      count(facts.libvirt?.pool?.available ?? null, "available");
      renderFindings(facts);
    },
  ),
  query(
    "buildFactsQuery",
    "sizes are finite numbers or null, a pool has a kind",
    [[capabilities, "", uri], [smallPool, poolInfo, "default\n\n", uri], [""]],
    buildFactsQuery("default", network),
    ({ pool, networkActive }) => {
      count(pool?.capacity ?? null, "capacity");
      count(pool?.available ?? null, "available");
      must(pool === null || typeof pool.type === "string", "no kind", pool);
      must(typeof networkActive === "boolean", "no answer");
    },
  ),
  query(
    "buildHostQuery",
    "an answer that came to its end; names are of one line, space is a finite number",
    [[buildHost]],
    buildHostQuery("/i", ["/i/web1.qcow2"], ["virt-builder"]),
    ({ home, missing, taken, closed, temporary }) => {
      count(temporary, "space");
      const said = [home, closed ?? "", ...missing, ...taken];
      must(!said.some((text) => text.includes("\n")), "two lines", said);
    },
  ),
  query(
    "stampsQuery",
    "as many answers as files, each with something in it",
    [["1:2 30 2026-11-22 10:00:00.000000000 +0000\nnone\n"]],
    stampsQuery(["/a", "/b"]),
    (stamps) => {
      same(stamps.length, 2, "files");
      must(
        stamps.every((stamp) => stamp !== "" && !stamp.includes("\n")),
        "no stamp",
        stamps,
      );
    },
  ),
  query(
    "fileKindsQuery",
    "as many answers as files",
    [["1 regular file\n2 none\n3 no answer\n"]],
    fileKindsQuery(["/a", "/b", "/c"]),
    (kinds) => must(kinds.length === 3 && kinds.every((kind) => kind === null || kind !== ""), "others", kinds),
  ),
  query(
    "filesQuery",
    "as many answers as files; identities are two numbers, sizes finite",
    [["64769:12 4096 64769:13 ext2/ext3 | symbolic link | regular file\nnone\n"]],
    filesQuery(["/a", "/b"]),
    (files) => {
      same(files.length, 2, "answers");
      for (const file of files) {
        count(file?.size ?? null, "size");
        must(/^\d+:\d+$/.test(file?.identity ?? "0:0") && file?.kind !== "", "no file", file);
      }
    },
  ),
  query(
    "imageScanQuery",
    "a scan that came to its end: each image has a file's name, each that was not read too, without a NUL",
    [[scan]],
    imageScanQuery(["/i"], ["/raw"]),
    ({ images, unread }) => {
      for (const { file, backing } of images) must(!`${file}${backing}`.includes("\0"), "a NUL", file);
      must(texts(unread) && !unread.join("").includes("\0"), "no name", unread);
    },
  ),
  query(
    "imageQuery",
    "an image whose sizes are finite numbers or null, or none",
    [['{"filename":"/a","virtual-size":1,"actual-size":2,"format":"qcow2"}']],
    imageQuery("/a"),
    (image) => {
      count(image?.capacity ?? null, "capacity");
      must(image === null || typeof image.file === "string", "no image", image);
    },
  ),
  query(
    "activePoolsQuery",
    "UUIDs of their form, or an error",
    [[`${uuid(1)}\n${uuid(2)}\n\n`, uri]],
    { steps: [], parse: (answers) => [activePoolsQuery, allPoolsQuery].flatMap((one) => one.parse(answers)) },
    (found) =>
      must(
        found.every((each) => uuidForm.test(each)),
        "no UUID",
        found,
      ),
  ),
  query(
    "poolsQuery",
    "no other pools than those that were asked about",
    [[smallPool, smallPool, uri]],
    poolsQuery([uuid(1), uuid(2)]),
    (pools) =>
      must(
        pools.every((pool) => [uuid(1), uuid(2)].includes(pool.uuid)),
        "another pool",
        pools,
      ),
  ),
  query(
    "poolPlaceQuery",
    "sizes are finite numbers or null, and its kind is there",
    [[smallPool, poolInfo, uri]],
    poolPlaceQuery("default"),
    (pool) => {
      count(pool?.capacity ?? null, "capacity");
      must(pool === null || typeof pool.type === "string", "no kind", pool);
    },
  ),
  query(
    "volumesQuery",
    "as many answers as questions; a volume has a pool, a name and a path",
    [[`${uuid(1)}\n`, "a.qcow2\n", `${uuid(1)}\n`, "/i/b.qcow2\n", uri]],
    volumesQuery([{ path: "/i/a.qcow2" }, { pool: "default", name: "b.qcow2" }]),
    (found) =>
      must(found.length === 2 && found.every((each) => each === null || texts(Object.values(each))), "others", found),
  ),
  query(
    "nodeLimitsQuery",
    "whole numbers or null, for each type that was asked about",
    [[nodeInfo, "16\n", "4096\n", uri]],
    nodeLimitsQuery(["kvm", "qemu"]),
    ({ host, vcpus }) => {
      count(host.cpus, "cpus");
      same([...vcpus.keys()], ["kvm", "qemu"], "types");
      for (const limit of vcpus.values()) count(limit, "vcpus");
    },
  ),
  query(
    "neighbourQuery",
    "addresses with prefixes of up to 32 bits; what the name is taken for is an address",
    [[interfaces], ["10.0.0.6       STREAM ham1\n10.0.0.6       DGRAM\n"]],
    neighbourQuery("ham1"),
    ({ interfaces, resolved }) => {
      must(resolved === null || isIPv4(resolved), "no address", resolved);
      for (const each of interfaces) must(isIPv4(each.address) && each.prefix <= 32, "no interface", each);
    },
  ),
  query(
    "addressOwnersQuery",
    "as many answers as addresses; cards are six bytes in small letters",
    [["open\n10.0.0.9 lladdr 52:54:00:39:49:5C REACHABLE\n"], ["node\n"]],
    addressOwnersQuery(["10.0.0.9", "10.0.0.5"]),
    (owners) => {
      same(
        owners.map(({ address }) => address),
        ["10.0.0.9", "10.0.0.5"],
        "addresses",
      );
      for (const mac of owners.flatMap(({ macs }) => macs))
        must(/^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/.test(mac), "no card", mac);
    },
  ),
  query(
    "yes or no",
    "sshProbe, sudoQuery, broadcastQuery, hasNetworkQuery, consoleHeldQuery and networkMountsQuery say one of the two",
    [["SSH-2.0-OpenSSH_9.2\nsent\nheld\ndefault\n10.0.0.1:/x /mnt nfs4 rw 0 0\n", uri]],
    { steps: [], parse: (answers) => verdicts.map((one) => one.parse(answers)) },
    (said) =>
      must(
        said.every((each) => typeof each === "boolean"),
        "neither",
        said,
      ),
  ),
];
