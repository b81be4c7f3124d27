import { expect, it } from "vitest";
import { elementTexts } from "../../src/libvirt/element-texts.ts";

it("finds elements as they are written, those of a longer name aside", () => {
  const xml = "<a><disk type='x'>1</disk><diskless>2</diskless><disk>3</disk ></a><disk\n>4</disk>";
  expect(elementTexts(xml, "disk")).toEqual(["<disk type='x'>1</disk>", "<disk>3</disk ></a><disk\n>4</disk>"]);
  expect(elementTexts("<tpm <tpm ", "tpm")).toEqual([]);
  expect(elementTexts("</tpm><tpm/>", "tpm")).toEqual([]);
});
