import { expect, it } from "vitest";
import { virshTexts } from "../../src/libvirt/domain-query.ts";
import { combine, UnexpectedOutput, understood } from "../../src/libvirt/query.ts";

it("takes what a parser does not know for unknown, says why, and passes a bug on", () => {
  const problems: string[] = [];
  const refuse = () => {
    throw new UnexpectedOutput("virsh", "nonsense");
  };
  expect(understood(() => 1)).toBe(1);
  expect(understood(refuse)).toBeNull();
  expect(understood(refuse, ({ message }) => problems.push(message))).toBeNull();
  expect(problems).toEqual(["expected virsh, found: nonsense"]);
  expect(() =>
    understood(() => {
      throw new TypeError("a bug");
    }),
  ).toThrow(TypeError);
});

it("combines two questions so that each reads its own answers", () => {
  const echo = (word: string, count: number) => ({
    steps: Array.from({ length: count }, () => ({ run: [word] })),
    parse: (answers: readonly { readonly texts: readonly string[] }[]) => answers.map(({ texts }) => texts[0]),
  });
  const both = combine(echo("a", 2), echo("b", 1));
  expect(both.steps).toEqual([{ run: ["a"] }, { run: ["a"] }, { run: ["b"] }]);
  expect(both.parse(["1", "2", "3"].map((text) => ({ code: 0, texts: [text] })))).toEqual([["1", "2"], ["3"]]);
});

it("takes texts of virsh alone, past other programs", () => {
  const virsh = { virsh: [["a"], ["uri"]], access: "read" } as const;
  const answers = [["date"], ["\n of a \n", "uri"], []].map((texts) => ({ texts }));
  expect(virshTexts([{ run: ["date"] }, virsh, virsh], answers)).toEqual([" of a ", ""]);
});
