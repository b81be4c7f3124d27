import { describe, expect, it } from "vitest";
import { domainXmlQuery } from "../../src/libvirt/domain-query.ts";
import { guestLookQuery, protectionNamespace } from "../../src/libvirt/guest-look.ts";
import { testUuid } from "../support/test-driver.ts";

const uuid = testUuid(1);
const plain = "<domain type='kvm'><name>web1</name></domain>";
const marked = `<domain type='kvm'><name>web1</name><metadata><p:protected xmlns:p='${protectionNamespace}'/></metadata></domain>`;
const lookAt = (...texts: string[]) => guestLookQuery([uuid]).parse([{ code: 0, texts: [...texts, "uri"] }])[0];

describe("guestLookQuery", () => {
  it("knows a guest that is defined by what it is now and what it will be", () => {
    const info = "Persistent: yes\nAutostart: enable\nManaged save: yes\n";
    expect(lookAt(info, plain, marked)).toMatchObject({
      ...{ persistent: true, autostart: true, managedSave: true, protected: true },
      details: { metadata: [] },
    });
  });

  it("takes a transient guest for its own next definition", () => {
    const look = lookAt("Persistent: no\nAutostart: disable\n", plain, "");
    expect(look).toMatchObject({ persistent: false, autostart: false, managedSave: false, protected: false });
    expect(look?.next).toBe(look?.details);
  });

  it.each([
    ["is gone", "", ""],
    ["has no XML", "Persistent: yes\n", ""],
    ["is neither persistent nor transient", "Persistent: maybe\n", plain],
    ["has XML that is none", "Persistent: yes\n", "<domain>"],
  ])("has no look of one that %s", (_what, info, xml) => {
    expect(lookAt(info, xml, "")).toBeNull();
  });
});

it("domainXmlQuery leaves out guests that are gone", () => {
  const answers = [{ code: 0, texts: [plain, "", "uri"] }];
  expect(domainXmlQuery([uuid, testUuid(2)], true).parse(answers)).toEqual(new Map([[uuid, plain]]));
});
