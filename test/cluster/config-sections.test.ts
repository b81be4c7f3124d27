import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nodeKeyNames } from "../../src/cluster/config-keys.ts";
import { readSections } from "../../src/cluster/config-sections.ts";
import { UserError } from "../../src/errors.ts";
import { readIni } from "../../src/ini.ts";
import { Problems } from "../../src/origin.ts";

function read(text: string) {
  const problems = new Problems();
  const stated = readSections(readIni(text), "m.conf", { directory: "/etc/mclu", home: "/root" }, problems);
  problems.throwIfAny("mclu config check");
  return stated;
}

/** The lines of the error that a configuration gives. */
function errors(text: string): readonly string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    expect(error).toEqual(
      expect.objectContaining({ name: "UserError", exitCode: 2, hint: expect.stringContaining("config check") }),
    );
    return (error as UserError).message.split("\n");
  }
}

const nodes = "[nodes]\nham0 =\nham1 = root@10.0.0.1:22\n";

describe("what is wrong with mclu.conf", () => {
  it.each([
    // the cluster
    ["", "m.conf:1: no section [nodes]: put one line NAME = [USER@]HOST[:PORT] per node under it"],
    ["[mclu]\n", "m.conf:1: no section [nodes]: put one line NAME = [USER@]HOST[:PORT] per node under it"],
    ["\n[nodes]\n", "m.conf:2: [nodes] is empty: put one line NAME = [USER@]HOST[:PORT] per node under it"],
    // sections
    ["[node]\nham0 =\n", "m.conf:1: unknown section [node]: did you mean [nodes]?"],
    ["[Hosts]\nham0 =\n", "m.conf:1: unknown section [Hosts]: did you mean [nodes]?"],
    [`${nodes}[mlcu]\n`, "m.conf:4: unknown section [mlcu]: did you mean [mclu]?"],
    [`${nodes}[ham1]\n`, "m.conf:4: unknown section [ham1]: did you mean [node.ham1]?"],
    [`${nodes}[node "ham1"]\n`, 'm.conf:4: unknown section [node "ham1"]: did you mean [node.ham1]?'],
    [`${nodes}[nodes.ham1]\n`, "m.conf:4: unknown section [nodes.ham1]: did you mean [node.ham1]?"],
    [
      `${nodes}[web:children]\n`,
      "m.conf:4: unknown section [web:children]: Ansible's are not read; set groups = NAME under [node.NODE]",
    ],
    [`${nodes}[templates]\n`, "m.conf:4: unknown section [templates]: expected [mclu], [nodes] or [node.NAME]"],
    [
      `${nodes}[node.hma1]\n`,
      "m.conf:4: [node.hma1] is about a node that [nodes] does not have: did you mean [node.ham1]?",
    ],
    [
      `${nodes}[node.HAM1]\n`,
      "m.conf:4: [node.HAM1] is about a node that [nodes] does not have: did you mean [node.ham1]?",
    ],
    [
      `${nodes}[node.beef]\n`,
      'm.conf:4: [node.beef] is about a node that [nodes] does not have: add the line "beef =" there',
    ],
    [`${nodes}[nodes]\n`, "m.conf:4: section [nodes] is there twice: it began on line 1"],
    [`${nodes}[node.ham1\nbecome = sudo\n`, "m.conf:4: an unclosed section header: write [node.ham1]"],
    // keys
    [`${nodes}[mclu]\nweigth = 1\n`, 'm.conf:5: unknown key "weigth" in [mclu]: did you mean weight?'],
    [
      `${nodes}[mclu]\nconnect_timeout = 1\n`,
      'm.conf:5: unknown key "connect_timeout" in [mclu]: did you mean connect-timeout?',
    ],
    [
      `${nodes}[node.ham0]\nhost = 10.0.0.1\n`,
      `m.conf:5: unknown key "host" in [node.ham0]: a node's address stands under [nodes], NAME = [USER@]HOST[:PORT]`,
    ],
    [
      `${nodes}[mclu]\nham1 = 10.0.0.1\n`,
      'm.conf:5: unknown key "ham1" in [mclu]: the settings of a node go under [node.ham1]',
    ],
    [
      `${nodes}[node.ham0]\n__proto__ = 1\n`,
      `m.conf:5: unknown key "__proto__" in [node.ham0]: keys are ${nodeKeyNames.join(" ")}`,
    ],
    [
      `${nodes}[mclu]\nconstructor = 1\n`,
      `m.conf:5: unknown key "constructor" in [mclu]: if it is a node, it belongs under [nodes]; keys are ${nodeKeyNames.join(" ")} templates fanout`,
    ],
    [`${nodes}[mclu]\nport: 22\n`, 'm.conf:5: "port: 22" is not KEY = VALUE: the "=" is missing behind port'],
    [`${nodes}[mclu]\nuser\n`, "m.conf:5: user has no value: write user = VALUE, or leave the line out"],
    [`${nodes}[mclu]\nfanout =\n`, "m.conf:5: fanout has no value: write fanout = VALUE, or leave the line out"],
    [`${nodes}[node.ham0]\nfanout = 3\n`, "m.conf:5: fanout holds for the whole cluster: it belongs under [mclu]"],
    [`${nodes}[mclu]\nuser = a\nuser = b\n`, 'm.conf:6: "user" is given twice in [mclu]: first on line 5'],
    [`${nodes}[node.ham1]\nport = 23\n`, "m.conf:5: port of ham1 is given twice: its address in [nodes] has one too"],
    ["user = root\n[nodes]\nham0", 'm.conf:1: "user" stands before the first [section] header'],
    // values
    [
      `${nodes}[mclu]\nhost-reserve = 1 gig\n`,
      'm.conf:5: host-reserve: "1 gig" is not a size: expected one like 512M, 1.5G or 2T',
    ],
    [
      `${nodes}[mclu]\nhost-reserve = 1024\n`,
      'm.conf:5: host-reserve: "1024" is not a size: the unit is missing: 1024M, or 1024G?',
    ],
    [`${nodes}[mclu]\nbecome = true\n`, 'm.conf:5: become: "true" is not known here: expected none, sudo'],
    [
      `${nodes}[mclu]\ntransport = shs\n`,
      'm.conf:5: transport: "shs" is not known here: expected auto, ssh, openssh, local: did you mean ssh?',
    ],
    [`${nodes}[mclu]\nfanout = 0\n`, 'm.conf:5: fanout: "0" is not a fanout: expected a number from 1 to 1000'],
    [
      `${nodes}[mclu]\ntemplates = ~bob\n`,
      'm.conf:5: templates: "~bob" is not a path: only ~/ is known, not another user\'s home',
    ],
    [`${nodes}[node.ham0]\nuser = -x\n`, 'm.conf:5: user: "-x" is not a login name'],
    // nodes
    [`${nodes}ham0 = 10.0.0.2\n`, 'm.conf:4: "ham0" is given twice in [nodes]: first on line 2'],
    [`${nodes}Ham0 = 10.0.0.2\n`, "m.conf:4: Ham0 and ham0 are one name: DNS does not tell upper from lower case"],
    [`${nodes}ham2 = 10.0.0.2:ssh\n`, 'm.conf:4: ham2: "ssh" is not a port: expected a number from 1 to 65535'],
    [
      `${nodes}-oProxyCommand = x\n`,
      'm.conf:4: [nodes]: "-oProxyCommand" is not a node name: it has letters, digits, ".", "_" and "-", and begins with a letter or digit',
    ],
    [`${nodes}all =\n`, 'm.conf:4: [nodes]: "all" is not a node name: it would stand for every node'],
    [
      `${nodes}ham2: 10.0.0.2\n`,
      'm.conf:4: [nodes]: "ham2: 10.0.0.2" is not a node name: a line is NAME = [USER@]HOST[:PORT]',
    ],
    [
      `${nodes}ham2 10.0.0.2\n`,
      'm.conf:4: [nodes]: "ham2 10.0.0.2" is not a node name: a line is NAME = [USER@]HOST[:PORT]',
    ],
    [
      `${nodes}user = root\n`,
      "m.conf:4: user is a setting, and would be a node here: it belongs under [mclu] or [node.NAME]",
    ],
    [
      `${nodes}ham2 ansible_host=10.0.0.2 ansible_user=root\n`,
      "m.conf:4: this reads like a line of an Ansible inventory: write ham2 = [USER@]HOST[:PORT], and the rest under [node.ham2]",
    ],
  ])("%j", (text, error) => {
    expect(errors(text)).toEqual([error]);
  });

  it("is told at once, in the order of the lines, without what only follows from it", () => {
    const text = "[mclu]\nport = 0\nusr = x\n[nodes]\nham0 = a b\n[node.ham0]\nweight = x\n[node.ham9]\n[mclu\n";
    expect(errors(text).map((line) => line.split(": ", 2).join(": "))).toEqual([
      "m.conf:2: port",
      'm.conf:3: unknown key "usr" in [mclu]',
      "m.conf:5: ham0",
      "m.conf:7: weight",
      "m.conf:8: [node.ham9] is about a node that [nodes] does not have",
      "m.conf:9: an unclosed section header",
      "m.conf:9: section [mclu] is there twice",
    ]);
  });

  it("is never anything but a UserError with a line of the file, whatever the text", () => {
    const piece = fc.constantFrom(
      ...[
        "[mclu]",
        "[nodes]",
        "[node.ham0]",
        "[node.",
        "]",
        "ham0",
        "ham1 = ",
        "port = 22",
        "user",
        "=",
        ":",
        "@",
        "-",
      ],
      ...[
        "fanout = 2",
        "templates = a:b",
        "__proto__",
        "constructor",
        " ",
        '"',
        "\\",
        "#",
        ";",
        "\ud800",
        "\u202e",
        "k=v",
      ],
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(fc.oneof(piece, fc.constant("\n"))).map((pieces) => pieces.join("")),
    );
    fc.assert(
      fc.property(text, (arbitrary) => {
        try {
          expect(read(arbitrary).nodes.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(UserError);
          for (const line of (error as UserError).message.split("\n")) expect(line).toMatch(/^m\.conf:\d+: ./u);
        }
      }),
    );
  });
});

describe("a mclu.conf of many thousand lines", () => {
  const each = (line: (index: number) => string) => Array.from({ length: 30_000 }, (_, index) => line(index)).join("");

  // what grew with the square of the lines took minutes
  it("is read in seconds", { timeout: 30_000 }, () => {
    const stated = read(
      `[nodes]\n${each((index) => `n${index} =\n`)}${each((index) => `[node.n${index}]\nport = 23\n`)}`,
    );
    expect(stated.nodes).toHaveLength(30_000);
    expect(stated.nodes[29_999]?.layer.settings.port).toBe(23);
  });

  it("is refused in seconds, with its first mistakes", { timeout: 30_000 }, () => {
    const found = errors(`[nodes]\n${each((index) => `n${index} =\n`)}${each((index) => `[node.x${index}]\n`)}`);
    expect(found).toHaveLength(31);
    expect(found[0]).toContain("m.conf:30002: [node.x0] is about a node that [nodes] does not have");
    expect(found[30]).toBe("and 29970 more");
  });
});
