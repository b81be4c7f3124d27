import { parseVolume } from "../../../src/libvirt/block.ts";
import { parseDomainCapabilities } from "../../../src/libvirt/domain-capabilities.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { parseSnapshot } from "../../../src/libvirt/snapshots.ts";
import { children, parseXml } from "../../../src/libvirt/xml.ts";
import { fixture } from "../../support/fixture.ts";
import { type AnyTarget, count, must, target } from "../target.ts";
import { mutationsOf } from "../text.ts";
import { capabilities, smallDomain, snapshot, volume } from "./recorded.ts";

const errors = [UnexpectedOutput];
export const xmlWords = [
  ...["<", ">", "</", "/>", "<name>", "</name>", "<disk>", "</domain>", "<domain>", " dev='vda'", " type='block'"],
  ...[
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<?x ?>",
    "<!DOCTYPE d>",
    "&lt;",
    "&#27;",
    "&#0;",
    "&x;",
    " xmlns:a='b'",
    "<a:b/>",
  ],
  ...["<backingStore type='file'>", "<metadata>", " port='-1'", " unit='KiB'", "<vcpu>-3</vcpu>"],
];

export const xmlTargets: readonly AnyTarget[] = [
  target({
    name: "parseXml",
    about: "the root that was asked for, of no more than 256 levels",
    seeds: [smallDomain, fixture("domain-rich.xml")],
    arbitrary: mutationsOf([smallDomain, "<domain/>", "<domain><a><b x='1'>t</b></a></domain>"], xmlWords),
    errors,
    parse: (text) => parseXml(text, "domain"),
    holds: (root) =>
      must(root.localName === "domain" && children(root).every((each) => each.nodeType === 1), "no root"),
  }),
  target({
    name: "parseVolume",
    about: "sizes are finite numbers or null",
    seeds: [volume, fixture("volume.xml")],
    arbitrary: mutationsOf([volume], [...xmlWords, "<capacity unit='", "bytes", "PiB", "9999999999999999999"]),
    errors,
    parse: parseVolume,
    holds({ capacity, allocation }) {
      count(capacity, "capacity");
      count(allocation, "allocation");
    },
  }),
  target({
    name: "parseSnapshot",
    about: "its time is a finite number or null",
    seeds: [snapshot, fixture("snapshot-external.xml"), fixture("snapshot-internal.xml")],
    arbitrary: mutationsOf([snapshot], [...xmlWords, "<creationTime>", "snapshot='external'"]),
    errors,
    parse: parseSnapshot,
    holds: ({ created }) => count(created, "created"),
  }),
  target({
    name: "parseDomainCapabilities",
    about: "lists of texts",
    seeds: [capabilities],
    arbitrary: mutationsOf([capabilities], [...xmlWords, "<enum name='", "<value>", "supported='no'"]),
    errors,
    parse: parseDomainCapabilities,
    holds: ({ cpuModes, graphics }) =>
      must(
        [...cpuModes, ...graphics].every((each) => each !== ""),
        "an empty text",
      ),
  }),
];
