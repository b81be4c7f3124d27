import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DOMParser } from "@xmldom/xmldom";
import { describe, expect, it } from "vitest";
import { ansiToSvg } from "../../scripts/ansi-svg.mjs";
import { shots } from "../../scripts/screenshots-list.mjs";
import { documents } from "../docs/shell-lines.ts";

/** Its lines of text; throws where it is no XML. */
function textOf(svg: string): readonly string[] {
  const fail = (_level: string, message: string) => {
    throw new Error(message);
  };
  const document = new DOMParser({ onError: fail }).parseFromString(svg, "image/svg+xml");
  return [...document.getElementsByTagName("text")].map((line) => line.textContent ?? "");
}

describe("ansiToSvg", () => {
  it("keeps text, places pieces by their column, and knows colours, bold and dim", () => {
    const svg = ansiToSvg('a \x1b[1;32mb<&"\x1b[0m c\n\n\x1b[2md\n', "t<");
    expect(textOf(svg)).toEqual(['a b<&" c', "d"]);
    expect(svg).toContain(
      '<tspan x="30.8" textLength="33.6" fill="#3fb950" font-weight="bold">b&lt;&amp;&quot;</tspan>',
    );
    expect(svg).toContain('fill-opacity="0.6">d<');
    expect(svg).toContain("<title>t&lt;</title>");
  });

  it("refuses a sequence that it does not know", () => {
    expect(() => ansiToSvg("\x1b[7mx", "t")).toThrow("SGR 7 is not known");
  });
});

describe("docs/screenshots", () => {
  const pictures = fileURLToPath(new URL("../../docs/screenshots/", import.meta.url));

  it("has the pictures of the list, and no others", () => {
    expect(readdirSync(pictures).sort()).toEqual(shots.map(({ name }) => `${name}.svg`).sort());
  });

  it.each(shots)("$name shows what is typed, and nothing of the machine it was made on", ({ name, typed }) => {
    const lines = textOf(readFileSync(`${pictures}${name}.svg`, "utf8"));
    expect(lines[0]).toBe(`$ ${typed}`);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines.join("\n")).not.toMatch(/error:|\/(tmp|work|root|home)\b|mclu-screenshots/);
  });

  it.each(shots)("$name is on a page, with its title", ({ name, title }) => {
    const pages = documents().map((page) => readFileSync(new URL(`../../${page}`, import.meta.url), "utf8"));
    expect(pages.some((text) => text.includes(`![${title}](`) && text.includes(`screenshots/${name}.svg)`))).toBe(true);
  });
});
