import { parseDomain } from "../../../src/libvirt/domain-xml.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { fixture } from "../../support/fixture.ts";
import { type AnyTarget, count, must, target } from "../target.ts";
import { mutationsOf } from "../text.ts";
import { domain, smallDomain } from "./recorded.ts";
import { xmlWords } from "./xml.ts";

/** As slow as all of xml.ts together: a table of its own, so that another CPU may take it. */
export const domainXmlTargets: readonly AnyTarget[] = [
  target({
    name: "parseDomain",
    about: "sizes, counts and ports are finite and not negative, or null; texts are texts",
    seeds: [domain, ...["agent", "rich", "rich-inactive", "test-driver"].map((name) => fixture(`domain-${name}.xml`))],
    arbitrary: mutationsOf([domain, smallDomain, smallDomain, smallDomain], xmlWords),
    errors: [UnexpectedOutput],
    parse: parseDomain,
    holds({ memory, vcpus, disks, graphics, consoles, metadata, name, boot }) {
      must(typeof name === "string" && boot.every((each) => typeof each === "string"), "no name");
      for (const each of [memory.maximum, memory.current, vcpus.maximum, vcpus.current]) count(each, "a size");
      for (const { port, tlsPort } of graphics) count(port, "port") ?? count(tlsPort, "TLS port");
      for (const { port } of consoles) count(port, "port");
      for (const { volume, type } of disks) must(volume === null || type === "volume", "a volume of no pool", volume);
      for (const { fields } of metadata)
        must(Object.getPrototypeOf(fields) === Object.prototype, "a field that is no field");
    },
  }),
];
