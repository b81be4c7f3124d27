import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** What each ancestor could do, as a row of its page begins. */
const capabilities = {
  "docs/coming-from-maglica.md": [
    ...[
      "`image list`",
      "`image copy`",
      "`vm clone --image=",
      "--on NODE`",
      "--start no`",
      "--format vmdk`",
      "`weight`",
    ],
    ...["`vm list`", "`vm info`", "`vm start`", "`vm stop`", "`vm destroy`", "`vm remove`", "`vm attach-disk"],
    ...["`vm attach-iso", "`vm set-boot-device", "`vm set-vcpus", "`vm set-memory", "`vm console`", "`log status`"],
    ...["`log tail`", "`etc/maglica.conf`", "zsh completion", "a library under the command", "workers"],
  ],
  "docs/coming-from-mclu-v2.md": [
    ...["`mclu status`", "`mclu list`", "and building", "`mclu boot` of a guest", "`mclu start`", "`stop`", "`reboot`"],
    ...["`destroy`", "`mclu console", "`mclu viewer", "live migration", "waking a node", "switching a node off"],
    ...["nodes that are switched off", "pets"],
    ...["`NODE:GUEST`", "`$MCLU_CONFIG`", "`$MCLU_PATH`", "a wrapper script"],
  ],
};

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");

/** The rows of a page's table, by cells: what it was, what it is now, what is different, the test. */
function rowsOf(page: string): readonly (readonly string[])[] {
  const rows = read(page)
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  // heading and rule
  return rows.slice(2).map((cells) => cells.slice(1, -1));
}

/** Commands that are two words. */
const groups = ["disk", "image", "iso", "jobs"];

/** The commands that a cell tells to type, without what they are given: `mclu jobs follow ID`, and `stop` behind `mclu start`. */
function commandsIn(cell: string): readonly (readonly string[])[] {
  if (!cell.includes("`mclu ")) return [];
  return [...cell.matchAll(/`(?:mclu )?([a-z]+)(?: ([a-z]+))?[^`]*`/g)].map(([, first = "", second]) =>
    second !== undefined && groups.includes(first) ? [first, second] : [first],
  );
}

describe.each(Object.entries(capabilities))("%s", (page, wanted) => {
  const rows = rowsOf(page);

  it.each(wanted)("has a row of %s", (what) => {
    expect(rows.filter(([old]) => old?.includes(what))).not.toEqual([]);
  });

  it.each(rows.map((row) => [row[0], row] as const))("names a test that runs what became of %s", (_, row) => {
    const [, now = "", , tests = ""] = row;
    // the one thing that is shown by no test alone
    if (now === "nothing") return expect(tests).toBe("every test of the cluster");
    const paths = [...tests.matchAll(/`(test\/[^`]+)`/g)].map(([, path = ""]) => path);
    expect(paths).not.toEqual([]);
    const texts = paths.map(read).join("\n");
    const cell = now.startsWith("the same") ? `${row[0]} ${now}` : now;
    for (const words of commandsIn(cell))
      expect(texts).toMatch(new RegExp(words.map((word) => `"${word}"`).join(",\\s*")));
    for (const [flag] of now.matchAll(/--[a-z-]+/g)) expect(texts).toContain(`"${flag}"`);
  });
});
