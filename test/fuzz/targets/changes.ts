import * as fc from "fast-check";
import { UserError } from "../../../src/errors.ts";
import { readPool } from "../../../src/libvirt/pool-place.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { readTerminal } from "../../../src/node/terminal-output.ts";
import { readCopy } from "../../../src/operations/copy-operands.ts";
import { parseNewSize } from "../../../src/operations/disk/grow.ts";
import { parseSource } from "../../../src/operations/disk/source.ts";
import { readMac } from "../../../src/operations/nic/add.ts";
import { parseNicSettings } from "../../../src/operations/nic/set.ts";
import { parseAssignments } from "../../../src/operations/set/assignments.ts";
import { type AnyTarget, count, must, same, target } from "../target.ts";
import { textOf } from "../text.ts";

const nonce = "mclu-0123456789abcdef01234567";
const place = "<pool type='dir'><target><path>/p</path></target></pool>";
const info = "Name: default\nState: running\nCapacity: 1000\nAllocation: 100\nAvailable: 900\n";
const wholeNumber = (value: number | undefined, what: string) =>
  must(value === undefined || (Number.isSafeInteger(value) && value > 0), what, value);

/** Words of a command line. */
const words = (parts: readonly string[]) => fc.array(textOf(parts, 6), { maxLength: 3 });
const largeWords = (repeated: string, length: number) => [[repeated.repeat(length / repeated.length)]];

/** What readTerminal hands on of pieces, and what it says at the end. */
function shown(pieces: readonly Buffer[]) {
  const bytes: Buffer[] = [];
  const output = readTerminal(
    nonce,
    (chunk) => void bytes.push(Buffer.from(chunk)),
    () => undefined,
  );
  for (const piece of pieces) output.push(piece);
  return { text: Buffer.concat(bytes).toString("latin1"), begun: output.begun(), end: output.end() };
}

export const changeTargets: readonly AnyTarget[] = [
  target({
    name: "readPool",
    about: "sizes are whole numbers or nobody's, and its kind is there",
    seeds: [[place, info]],
    arbitrary: fc.tuple(
      textOf(["<pool", " type='", "dir", "'>", "<target>", "<path>", "/p", "</path>", "</target>", "</pool>", place]),
      textOf(["Capacity:", "Allocation:", "Available:", " 1", "\n", info]),
    ),
    large: (repeated, length) => [
      [place, repeated.repeat(length / repeated.length)],
      [repeated.repeat(length / repeated.length), info],
    ],
    errors: [UnexpectedOutput],
    parse: ([where = "", room = ""]) => readPool("default", where, room),
    holds(pool) {
      if (pool === null) return;
      must(typeof pool.type === "string", "no kind", pool);
      count(pool.capacity, "capacity");
    },
  }),
  target({
    name: "readTerminal",
    about: "what is handed on is the same however the bytes were cut",
    seeds: [["motd\r\n", `${nonce} begin\r\n`, "a\x1b[0m", `\x1e${nonce} end 0\r\n`]],
    arbitrary: fc.array(textOf([nonce, " begin", " end ", "\r\n", "\x1e", "0", `${nonce} begin\r\n`]), {
      maxLength: 5,
    }),
    large: (repeated, length) => [[`${nonce} begin\r\n`, repeated.repeat(length / repeated.length)]],
    parse: (pieces) => shown(pieces.map((piece) => Buffer.from(piece))),
    holds(result, pieces) {
      const whole = Buffer.from(pieces.join(""));
      // half a pair of surrogates becomes another byte where pieces are joined
      if (whole.equals(Buffer.concat(pieces.map((piece) => Buffer.from(piece)))))
        same(JSON.stringify(shown([whole])), JSON.stringify(result), "cut otherwise");
    },
  }),
  target({
    name: "readCopy",
    about: "one side is a guest, and every path was typed so",
    seeds: [
      ["a", "web1:/b"],
      ["root@ham0/web1:/a", "."],
    ],
    arbitrary: words(["web1", "ham0", ":", "/", "@", "a", "-"]),
    large: largeWords,
    errors: [UserError],
    parse: (operands) => readCopy(operands, ["ham0", "ham1"]),
    holds({ target: guest, to }, operands) {
      must(guest !== "" && operands.some((text) => text.startsWith(`${guest}:`)), "no guest", guest);
      must(to === "guest" || to === "here", "no way", to);
    },
  }),
  target({
    name: "parseNewSize",
    about: "a whole number of bytes above 0, by or to",
    seeds: ["20G", "+10G", "+0", "0"],
    arbitrary: textOf(["+", "1", "0", "G", "M", ".5", "T"]),
    errors: [UserError],
    parse: parseNewSize,
    holds(size, text) {
      const { by, to } = size as { readonly by?: number; readonly to?: number };
      must((by === undefined) !== (to === undefined), "one of both", text);
      wholeNumber(by ?? to, "size");
    },
  }),
  target({
    name: "parseSource",
    about: "an absolute path as it was typed, or a pool and a volume without a slash",
    seeds: ["/a/b.qcow2", "default/web1.qcow2"],
    arbitrary: textOf(["/", "default", "a.qcow2", "\n"]),
    errors: [UserError],
    parse: parseSource,
    holds(source, text) {
      if ("path" in source) same(source.path, text, "path");
      else same(`${source.pool}/${source.name}`, text, "pool and volume");
      must(!/[\n\0]/.test(text), "two lines");
    },
  }),
  target({
    name: "readMac of a card",
    about: "six bytes in small letters, of one card and no group",
    seeds: ["52:54:00:12:34:56", "53:54:00:12:34:56"],
    arbitrary: textOf(["52", ":", "54:00", "A", "f", "1"]),
    errors: [UserError],
    parse: readMac,
    holds(mac, text) {
      must(/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(mac) && (Number.parseInt(mac, 16) & 1) === 0, "no MAC", mac);
      same(mac, text.toLowerCase(), "another MAC");
    },
  }),
  target({
    name: "parseNicSettings",
    about: "link is up or down, a model is one word of plain characters",
    seeds: [["link=up", "model=virtio"], ["network=bridge:br0"]],
    arbitrary: words(["link", "=", "up", "down", "model", "network", "bridge:", "br0", "virtio"]),
    large: largeWords,
    errors: [UserError],
    parse: parseNicSettings,
    holds({ link, model }) {
      must(link === undefined || link === "up" || link === "down", "link", link);
      must(model === undefined || /^[\w-]+$/.test(model), "model", model);
    },
  }),
  target({
    name: "parseAssignments",
    about: "numbers are whole and above 0, a description can be written as XML",
    seeds: [
      ["vcpus=4", "memory=8G"],
      ["boot=cdrom,hd", "autostart=no", "description=a"],
    ],
    arbitrary: words([
      "vcpus",
      "memory",
      "boot",
      "description",
      "autostart",
      "=",
      "4",
      "8G",
      "cdrom",
      ",",
      "hd",
      "yes",
    ]),
    large: largeWords,
    errors: [UserError],
    parse: parseAssignments,
    holds({ vcpus, memory, description }) {
      wholeNumber(vcpus, "vcpus");
      wholeNumber(memory, "memory");
      must(description === undefined || !/[\0-\x08\x0b\x0c\x0e-\x1f]/.test(description), "description", description);
    },
  }),
];
