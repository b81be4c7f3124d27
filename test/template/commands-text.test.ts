import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Problems } from "../../src/origin.ts";
import { readCommands, writeCommands } from "../../src/template/commands-text.ts";

function read(text: string) {
  const problems = new Problems();
  const at = (line: number) => ({ from: "file", file: "t", line }) as const;
  return { steps: readCommands(text, at, "/d", problems), problems: problems.lines };
}

const here = () => "never asked for";

describe("a commands file", () => {
  it("has a step a line: its name, one space, and the value as it is", () => {
    const { steps, problems } = read(
      "# comment\n\n  \t mkdir /srv/a b\nupdate\nwrite /a: x'\"$(y) \nedit /f:s/a/b/\\\n",
    );
    expect(problems).toEqual([]);
    expect(steps.map(({ name, value }) => [name, value])).toEqual([
      ["mkdir", "/srv/a b"],
      ["update", null],
      ["write", "/a: x'\"$(y) "],
      ["edit", "/f:s/a/b/\n"],
    ]);
  });

  it("goes on in the next line behind a backslash, and the newline stays", () => {
    const { steps } = read("write /a:one\\\n  two\\\n\nmkdir /b\n");
    expect(steps.map(({ name, value, origin }) => [name, value, origin])).toEqual([
      ["write", "/a:one\n  two\n", { from: "file", file: "t", line: 1 }],
      ["mkdir", "/b", { from: "file", file: "t", line: 4 }],
    ]);
  });

  it("says so where a comment takes a step with it", () => {
    expect(read("# the end \\\nmkdir /a\n").problems).toEqual([
      "t:1: the comment ends in a backslash, which takes the next line with it: remove one of them",
    ]);
  });

  it("tells the line of what is wrong", () => {
    expect(read("mkdir /a\nwrite /b:1\\\n2\ninstal a\n").problems).toEqual([
      "t:4: unknown step instal: did you mean install?",
    ]);
  });

  it("is read as what was written, whatever stands in a value", () => {
    const value = fc
      .string()
      .filter((text) => !/[\0-\u0008\u000b-\u001f\u007f\ufffd]/.test(text) && !text.endsWith("\\"));
    fc.assert(
      fc.property(fc.array(value), (values) => {
        const { steps } = read("");
        const given = values.map((text) => ({
          ...{ name: "write" as const, shown: text, origin: { from: "default" } as const, local: null },
          value: `/a:${text}`,
        }));
        const again = read(writeCommands([...steps, ...given], here));
        expect(again.problems).toEqual([]);
        expect(again.steps.map((step) => step.value)).toEqual(values.map((text) => `/a:${text}`));
      }),
    );
  });

  it("has a step without a value as its name alone", () => {
    expect(writeCommands(read("selinux-relabel\nupdate\n").steps, here)).toBe("selinux-relabel\nupdate\n");
  });

  it("names the file's place on the node, which must be one that libguestfs can be told", () => {
    const { steps } = read("upload motd:/etc/motd\nssh-inject root:file:k.pub\nrun s.sh\n");
    expect(writeCommands(steps, ({ name }) => `/job/${name}`)).toBe(
      "upload /job/upload:/etc/motd\nssh-inject root:file:/job/ssh-inject\nrun /job/run\n",
    );
    expect(() => writeCommands(steps, () => "/job:1/motd")).toThrow(
      "libguestfs cannot be told of a file named /job:1/motd",
    );
  });
});
