import { expect, it } from "vitest";
import { reservationsQuery } from "../../../src/node/jobs/reservation.ts";

const id = "20260101T000000-k3v9x0qa";
const hex = (text: string) => Buffer.from(text).toString("hex");

/** What is read of the lines that a node prints of its reservations. */
const read = (...rows: readonly (readonly string[])[]) =>
  reservationsQuery({ name: "ham0" }).parse([
    { code: 0, texts: [rows.map((row) => `${["name", hex("web1"), ...row].join("\t")}\n`).join("")] },
  ]);

it("of a node that prints odd numbers count for nothing, and not for less", () => {
  const odd = ["-1", "NaN", "1e30", "Infinity", "0x10", "", "9".repeat(30)];
  const memories = odd.map((text) => read([id, text, text, text, "yes", "no", hex("web1")])[0]);
  expect(memories.map((one) => [one?.memory, one?.order, one?.age])).toEqual(odd.map(() => [0, 0, 0]));
});

it("have a guest's name, or are none", () => {
  const names = [hex("web1"), hex("a\0b"), hex("web 2")].map((name) => [id, "1", "2", "3", "yes", "no", name]);
  expect(read(...names).map(({ name }) => name)).toEqual(["web1", "web 2"]);
});

it("have a key that is a plain name: it goes back into a path that is removed", () => {
  const keys = ["..", "../jobs", "a/b", "", "7765623", "77 65", "$(id)"].map((key) => [
    "name",
    key,
    id,
    1,
    2,
    3,
    "no",
    "yes",
  ]);
  const text = keys.map((row) => `${[...row, hex("web1")].join("\t")}\n`).join("");
  const found = reservationsQuery({ name: "ham0" }).parse([{ code: 0, texts: [text] }]);
  expect(found.map(({ key }) => key)).toEqual(["7765623"]);
});
