import { expect, it } from "vitest";
import { ownedFilesQuery, ownersQuery } from "../../src/libvirt/owned-files-query.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";

const answer = (text: string) => [{ code: 0, texts: [text] }];

it("reads whose files are, and what they are", () => {
  const text = "d 711 root root 4096 /s/a b\nf 600 tss 112 6101 /s/a b/x\nl 777 root root 3 /s/l\n";
  expect(ownedFilesQuery(["/s"]).parse(answer(text))).toEqual([
    { kind: "directory", mode: "711", user: "root", group: "root", size: 4096, path: "/s/a b" },
    { kind: "file", mode: "600", user: "tss", group: "112", size: 6101, path: "/s/a b/x" },
    { kind: "other", mode: "777", user: "root", group: "root", size: 3, path: "/s/l" },
  ]);
  expect(ownedFilesQuery(["/s"]).parse([])).toEqual([]);
});

it("takes no line for a file that is none", () => {
  for (const line of ["f 600 root root 1 relative", "f 600 root root", "tail of a name"])
    expect(() => ownedFilesQuery(["/s"]).parse(answer(`${line}\n`))).toThrow(UnexpectedOutput);
});

it("knows the numbers of those users and groups that there are", () => {
  const query = ownersQuery(["root", "tss"], ["kvm"]);
  expect(query.parse([...answer("0\nnone\n"), ...answer("36\n")])).toEqual({
    users: new Map([["root", 0]]),
    groups: new Map([["kvm", 36]]),
  });
  expect(query.parse([])).toEqual({ users: new Map(), groups: new Map() });
});
