import * as fc from "fast-check";
import { isGlob } from "../../../src/operations/guest-selector.ts";
import { guestFilter } from "../../../src/operations/top/guest-filter.ts";
import { keysIn } from "../../../src/render/top/keys.ts";
import { pressKey, type TopView } from "../../../src/render/top/view.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { textOf } from "../text.ts";

const view: TopView = { sort: "cpu", running: false, filter: "", typing: true, section: "both", offset: 0 };
const groups = (node: string) => (node === "ham0" ? ["fast"] : []);

export const topTargets: readonly AnyTarget[] = [
  target({
    name: "keysIn",
    about: "names of keys and printable characters; whatever is typed, a filter has no control character",
    seeds: ["q", "/web\r", "\x1b[A\x1bOB\x1b[5~", "\x1b[", "\x1b[99999999m"],
    arbitrary: fc.oneof(
      textOf(["\x1b[A", "\x1b[5~", "\x1bO", "\x1b", "[", "\r", "\x7f", "/"]),
      fc.string({ unit: "binary", maxLength: 30 }),
    ),
    parse: keysIn,
    holds(keys, text) {
      must(keys.length <= text.length, "more keys than were pressed", keys);
      let now = view;
      for (const key of keys.slice(0, 100)) {
        const next = pressKey(now, key);
        if (typeof next !== "string") now = next;
      }
      must(!/\p{Cc}/u.test(now.filter) && now.filter.length <= 201, "no filter", now.filter);
      must(now.offset >= 0, "above the first row", now.offset);
    },
  }),
  target({
    name: "guestFilter",
    about: "a plain name finds its guest, of its node, and none without it in its name",
    seeds: ["", "web", "web*", "ham0/web1", "@fast/w?b", "@", "/", "[", `${"*a".repeat(40)}b`],
    arbitrary: fc.oneof(
      textOf(["@fast", "/", "ham0", "web1", "*", "[", "]", "?"]),
      fc.string({ unit: "binary", maxLength: 30 }),
    ),
    parse: (text) => guestFilter(text, groups),
    holds(filter, text) {
      must(typeof filter({ node: "ham0", name: "web1" }) === "boolean", "no answer");
      if (isGlob(text) || text.includes("/") || text.startsWith("@")) return;
      must(filter({ node: "ham0", name: `a${text}b` }), "the name is in it", text);
      const isIn = "ham0/web1".includes(text.toLowerCase());
      same(filter({ node: "ham0", name: "web1" }), isIn, "whether it is there");
    },
  }),
];
