import { describe, expect, it } from "vitest";
import {
  definitionsOfQuery,
  namesQuery,
  savedQuery,
  savedXmlQuery,
  snapshotXmlQuery,
  undefineOptionsQuery,
  withSnapshotsQuery,
} from "../../src/libvirt/definitions-query.ts";
import { definedQuery, definitionsQuery } from "../../src/libvirt/node-definitions.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { testUuid } from "../support/test-driver.ts";

const [one, two] = [testUuid(1), testUuid(2)];

describe("namesQuery", () => {
  it("reads every domain, also none", () => {
    expect(namesQuery.parse([{ code: 0, texts: [`${one} a b\n`] }])).toEqual([{ uuid: one, name: "a b" }]);
    expect(namesQuery.parse([{ code: 0, texts: [] }])).toEqual([]);
  });

  it("takes a failure for no list: a disk would seem to be nobody's", () => {
    expect(() => namesQuery.parse([{ code: 1, texts: [""] }])).toThrow(UnexpectedOutput);
    expect(() => namesQuery.parse([])).toThrow(UnexpectedOutput);
  });
});

it("definitionsOfQuery gives each domain its own texts, empty where libvirt did not say", () => {
  const answers = [{ code: 0, texts: ["<a/>\n", "<b/>\n", "s1\ns 2\n", "", "<c/>", "", "", "c1\n", "uri"] }];
  expect(definitionsOfQuery([one, two]).parse(answers)).toEqual([
    { now: "<a/>", next: "<b/>", snapshots: ["s1", "s 2"], checkpoints: [] },
    { now: "<c/>", next: "", snapshots: [], checkpoints: ["c1"] },
  ]);
});

it("definitionsOfQuery asks for saved memory where there is some, and tells apart what libvirt did not say", () => {
  const texts = ["<a/>", "<b/>", "", "", "<c/>", "<d/>", "", ""];
  const query = definitionsOfQuery([one, two], [two]);
  const said = (saved: string) => query.parse([{ code: 0, texts: [...texts, saved, "uri"] }]).map(({ saved }) => saved);
  expect(said("<e/>\n")).toEqual([undefined, "<e/>"]);
  expect(said("")).toEqual([undefined, ""]);
  expect(query.parse([{ code: 0, texts }])[1]?.saved).toBe("");
  expect(savedXmlQuery([two]).parse([{ code: 0, texts: ["<e/>\n", "uri"] }])).toEqual(new Map([[two, "<e/>"]]));
  expect(savedXmlQuery([two]).parse([])).toEqual(new Map([[two, ""]]));
});

it.each([savedQuery, withSnapshotsQuery])("takes a failure for no list: a disk would seem to be nobody's", (query) => {
  expect(query.parse([{ code: 0, texts: [`${one}\n`] }])).toEqual([one]);
  expect(query.parse([{ code: 0, texts: [] }])).toEqual([]);
  expect(() => query.parse([{ code: 1, texts: [""] }])).toThrow(UnexpectedOutput);
});

it("snapshotXmlQuery keeps the order, with an empty text for one that is gone", () => {
  const query = snapshotXmlQuery([
    { uuid: one, name: "a" },
    { uuid: two, name: "-b" },
  ]);
  expect(query.steps[0]).toMatchObject({
    virsh: expect.arrayContaining([["snapshot-dumpxml", two, "--snapshotname", "-b"]]),
  });
  expect(query.parse([{ code: 0, texts: ["", "<domainsnapshot/>\n", "uri"] }])).toEqual(["", "<domainsnapshot/>"]);
});

it("undefineOptionsQuery finds the options in virsh's help, and none where there is no help", () => {
  const text = "  SYNOPSIS\n    undefine <domain> [--managed-save] [--nvram] [--tpm]\n";
  expect(undefineOptionsQuery.parse([{ code: 0, texts: [text] }])).toEqual(
    new Set(["--managed-save", "--nvram", "--tpm"]),
  );
  expect(undefineOptionsQuery.parse([{ code: 1, texts: [""] }]).size).toBe(0);
  expect(undefineOptionsQuery.parse([]).size).toBe(0);
});

describe("networks and pools of a node", () => {
  it("are listed by UUID", () => {
    expect(definedQuery.parse([{ code: 0, texts: [`${one}\n`, "", "uri"] }])).toEqual({ networks: [one], pools: [] });
  });

  it("are defined by what will be next, or else by what is now; who is gone is left out", () => {
    const texts = ["", "<network><name>n</name></network>", "<network/>", "<wrong/>", "", "", "uri"];
    expect(definitionsQuery("net", [one, two, testUuid(3)]).parse([{ code: 0, texts }])).toEqual([
      { uuid: one, name: "n", xml: "<network><name>n</name></network>" },
      { uuid: two, name: "", xml: "<network/>" },
    ]);
  });
});
