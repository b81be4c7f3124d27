import { parseVolume } from "../../../src/libvirt/block.ts";
import { parseDomainCapabilities } from "../../../src/libvirt/domain-capabilities.ts";
import { parseDomain } from "../../../src/libvirt/domain-xml.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { parseSnapshot } from "../../../src/libvirt/snapshots.ts";
import { children, parseXml } from "../../../src/libvirt/xml.ts";
import { fixture } from "../../support/fixture.ts";
import { type AnyTarget, count, must, target } from "../target.ts";
import { mutationsOf } from "../text.ts";
import { domain, snapshot, volume } from "./recorded.ts";

const errors = [UnexpectedOutput];
const words = [
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

const capabilities = `<domainCapabilities><path>/q</path><domain>qemu</domain><machine>pc</machine><arch>x86_64</arch><cpu><mode name='maximum' supported='yes'/></cpu><devices><graphics supported='yes'><enum name='type'><value>vnc</value></enum></graphics><video supported='yes'><enum name='modelType'><value>vga</value></enum></video></devices></domainCapabilities>`;

/** A small one, for most inputs: real ones of 5 kB are among the seeds. */
const small = `<domain type='kvm'><name>a</name><memory unit='KiB'>1</memory><vcpu current='1'>2</vcpu><devices><disk type='file'><source file='/a'/><target dev='vda'/></disk></devices></domain>`;

export const xmlTargets: readonly AnyTarget[] = [
  target({
    name: "parseXml",
    about: "the root that was asked for, of no more than 256 levels",
    seeds: [small, fixture("domain-rich.xml")],
    arbitrary: mutationsOf([small, "<domain/>", "<domain><a><b x='1'>t</b></a></domain>"], words),
    errors,
    parse: (text) => parseXml(text, "domain"),
    holds: (root) =>
      must(root.localName === "domain" && children(root).every((each) => each.nodeType === 1), "no root"),
  }),
  target({
    name: "parseDomain",
    about: "sizes, counts and ports are finite and not negative, or null; texts are texts",
    seeds: [domain, ...["agent", "rich", "rich-inactive", "test-driver"].map((name) => fixture(`domain-${name}.xml`))],
    arbitrary: mutationsOf([domain, small, small, small], words),
    errors,
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
  target({
    name: "parseVolume",
    about: "sizes are finite numbers or null",
    seeds: [volume, fixture("volume.xml")],
    arbitrary: mutationsOf([volume], [...words, "<capacity unit='", "bytes", "PiB", "9999999999999999999"]),
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
    arbitrary: mutationsOf([snapshot], [...words, "<creationTime>", "snapshot='external'"]),
    errors,
    parse: parseSnapshot,
    holds: ({ created }) => count(created, "created"),
  }),
  target({
    name: "parseDomainCapabilities",
    about: "lists of texts",
    seeds: [capabilities],
    arbitrary: mutationsOf([capabilities], [...words, "<enum name='", "<value>", "supported='no'"]),
    errors,
    parse: parseDomainCapabilities,
    holds: ({ cpuModes, graphics }) =>
      must(
        [...cpuModes, ...graphics].every((each) => each !== ""),
        "an empty text",
      ),
  }),
];
